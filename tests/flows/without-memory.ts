/**
 * Folders of src/ whose modules remember nothing of a wire and import no module that does. A house test checks this.
 */
export const FOLDERS_WITHOUT_MEMORY = ["crypto", "db", "dialects", "formats", "html", "log", "text"]
