FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
COPY libs ./libs
COPY apps ./apps
COPY tsconfig.json ./
RUN npm ci && npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
# What is kept. A volume that is mounted here takes over the owner.
ENV DATA_DIR=/data
RUN mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/libs/backends/echo/assets ./libs/backends/echo/assets
COPY --from=build /app/libs/core/announcements ./libs/core/announcements
COPY config ./config
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD node -e "fetch('http://127.0.0.1:'+(process.env.PORT||3000)+'/health/live').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"
# Node itself gets the signals, so that SIGTERM starts the drain.
CMD ["node", "--enable-source-maps", "dist/apps/gateway/src/main.js"]
