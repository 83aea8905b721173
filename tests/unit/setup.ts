/** Before each file, as several run in one process: real time, and modules without memory. */
import { vi } from "vitest"

vi.useRealTimers()
vi.resetModules()
