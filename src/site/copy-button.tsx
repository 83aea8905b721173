/** A button that copies an address. The script of the pages shows it, because it works only with script. */
import { translate } from "./translations.ts"

export function CopyButton({ text, language }: { text: string; language: string }) {
  const copy = translate("copy", language)
  return (
    <button
      type="button"
      class="copy"
      hidden
      aria-live="polite"
      lang={copy.language}
      data-copy={text}
      data-copied={translate("copied", language).text}
    >
      {copy.text}
    </button>
  )
}
