/** Shows the document that this service answers. Asks nobody else for anything: no fonts, no telemetry, no assistants. */

const { basePath = '' } = document.body.dataset

globalThis.Scalar.createApiReference('#reference', {
  url: `${basePath}/openapi.json`,
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
  // Tokens that somebody tries out are gone with the page.
  persistAuth: false,
})
