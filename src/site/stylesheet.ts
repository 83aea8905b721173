/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.f5392cb520f9.css"
