/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.7bec613d0136.css"
