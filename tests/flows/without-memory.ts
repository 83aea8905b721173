/** Folders of src/ whose modules remember no data of a test and import no such module. A house test checks them. */
export const FOLDERS_WITHOUT_MEMORY = ["crypto", "db", "dialects", "formats", "html", "log", "text"]
