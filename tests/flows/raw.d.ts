/** Vite imports such files as their text. */
declare module "*?raw" {
  const text: string
  export default text
}
