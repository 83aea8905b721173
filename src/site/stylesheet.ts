/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.861c1491fb03.css"
