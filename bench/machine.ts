/**
 * The computer that a figure was measured on.
 *
 * @module
 */

/** The machine and the runtime. */
export interface Machine {
  /** The processor's name, or its architecture where the system does not tell. */
  readonly cpu: string;
  /** How many cores the process may use. */
  readonly cores: number;
  /** The operating system and its release. */
  readonly os: string;
  /** Deno's version. */
  readonly deno: string;
  /** V8's version. */
  readonly v8: string;
}

/** Looks at the machine. */
export async function machineFacts(): Promise<Machine> {
  return {
    cpu: await cpuName() ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    os: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
  };
}

async function cpuName(): Promise<string | undefined> {
  try {
    if (Deno.build.os === "darwin") {
      const { stdout } = await new Deno.Command("sysctl", { args: ["-n", "machdep.cpu.brand_string"] })
        .output();
      return new TextDecoder().decode(stdout).trim() || undefined;
    }
    return /^model name\s*:\s*(.+)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1];
  } catch {
    return undefined; // a system that does not tell
  }
}
