import { Hono } from 'hono'
import { html } from 'hono/html'
import { serveFiles, staticContent } from '../shared/static-content.ts'

/**
 * The API's documentation: the OpenAPI document, and Swagger UI, which we serve from its npm package.
 * @param describe makes the document; called once
 */
export const docsPages = (describe: () => object) =>
  new Hono()
    .get('/openapi.json', ...staticContent('application/json', () => JSON.stringify(describe())))
    .get('/docs', ...staticContent('text/html; charset=utf-8', () => String(page)))
    .route(
      '/docs/assets',
      serveFiles({
        'swagger-ui.css': new URL(import.meta.resolve('swagger-ui-dist/swagger-ui.css')),
        'swagger-ui-bundle.js': new URL(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js')),
        'docs.css': new URL('./assets/docs.css', import.meta.url),
        'docs.js': new URL('./assets/docs.js', import.meta.url),
      }),
    )

const page = html`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<title>Passalong API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="stylesheet" href="/docs/assets/docs.css">
</head>
<body>
<div id="docs"><noscript><main>The document itself is at <a href="/openapi.json">/openapi.json</a>.</main></noscript></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/docs.js"></script>
</body>
</html>`
