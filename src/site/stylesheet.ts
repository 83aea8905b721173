/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.1f95113df857.css"
