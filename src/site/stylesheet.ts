/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.eb657b99e67d.css"
