/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.f4797e8dc728.css"
