/** Declares files that Vite imports as text. */
declare module "*?raw" {
  const text: string
  export default text
}

interface ImportMeta {
  /** Vite imports all files that match. */
  glob<T>(pattern: string, options: { query: string; import: string; eager: true }): Record<string, T>
}
