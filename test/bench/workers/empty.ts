/** Owns nothing but an answer: what start-up costs without any service. */

export default { fetch: () => new Response('ok') }
