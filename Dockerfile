FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY db/driver db/driver
# Of Node the program is enough, and nothing here compiles TypeScript.
RUN npm ci --omit=dev && rm -rf node_modules/node/node_modules node_modules/typescript node_modules/@typescript
COPY . .

# Node comes with the packages.
FROM debian:bookworm-slim
# nss_wrapper gives the user a name, which initdb wants, whatever its number. tini is the first process: it passes signals on,
# and buries a Postgres that was killed.
RUN apt-get update \
  && apt-get install -y --no-install-recommends libnss-wrapper tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -m 700 -o 10001 -g 10001 /data \
  && ln -s /app/src/passalong /usr/local/bin/passalong
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data HOME=/data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
# Whether it lives, and not whether its database answers, as a restart wouldn't mend that.
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --start-interval=2s --retries=3 \
  CMD ["node_modules/node/bin/node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node_modules/node/bin/node", "--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64", "--no-allocation-site-pretenuring", "src/main.ts"]
