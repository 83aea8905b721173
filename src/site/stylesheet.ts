/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.62dfde43e43c.css"
