/** Shows the document that this service answers. Asks nobody else for anything: no validator, no fonts, no telemetry. */

const { basePath = '' } = document.body.dataset

// The viewer leaves long code and wide tables as they are, which a phone is not wide enough for.
const fit = new CSSStyleSheet()
fit.replaceSync(`
  .swagger-ui .renderedMarkdown code { overflow-wrap: anywhere; }
  .swagger-ui .responses-inner { overflow-x: auto; }
`)
document.adoptedStyleSheets = [fit]

globalThis.SwaggerUIBundle({
  dom_id: '#reference',
  // From /docs/: whatever lies before that is kept.
  url: `..${basePath}/openapi.json`,
  validatorUrl: null,
  // An address may not bring another document along.
  queryConfigEnabled: false,
  // Tokens that somebody tries out are gone with the page.
  persistAuthorization: false,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
})
