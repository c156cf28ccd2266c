/** Shows this service's OpenAPI document. Asks nobody else for anything: no validator, no fonts, no telemetry. */

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
  // Relative to /docs/, so that whatever path lies before that is kept.
  url: `..${basePath}/openapi.json`,
  validatorUrl: null,
  // The query of the page's address must not choose another document.
  queryConfigEnabled: false,
  // Tokens that somebody tries out are gone with the page.
  persistAuthorization: false,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
})
