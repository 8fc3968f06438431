import './quick-imports.ts'

/** The service, as `npm start` runs it. It is imported after what makes its imports quick. */
const { runService } = await import('./service.ts')
await runService()
