// Which MPI libraries are tried, and what the launcher says of the job.

/** A launcher that started this process, as its variables in the environment tell. */
export interface Launcher {
  /** The variable that has the number of processes. */
  readonly variable: string;
  readonly size: number;
  readonly family: Family;
  /** Whether the job may have fewer processes than `size`, so that only a job of one process shows a mistake. */
  readonly announcesMore: boolean;
}

type Family = 'openmpi' | 'mpich' | 'any';
type Variables = Readonly<Partial<Record<string, string>>>;

const LIBRARIES = {
  linux: {
    openmpi: ['libmpi.so.40'],
    mpich: ['libmpich.so.12', 'libmpi.so.12'],
    // Tried after the libraries of the launcher's family: Debian's file of this name is a link to another library.
    standard: ['libmpi_abi.so.1'],
  },
  darwin: {
    openmpi: ['libmpi.40.dylib'],
    mpich: ['libmpi.12.dylib', 'libmpich.12.dylib'],
    standard: ['libmpi_abi.1.dylib'],
  },
};

/** Folders of package managers, in which the loader of macOS does not look for a library by its name alone. */
const FOLDERS = ['', '/opt/homebrew/lib/', '/usr/local/lib/', '/opt/local/lib/'];

/** The launcher of this process; undefined where it was started by itself. */
export function launcherOf(variables: Variables): Launcher | undefined {
  const found = (variable: string, family: Family, announcesMore = false): Launcher | undefined => {
    const size = Number(variables[variable]);
    return Number.isInteger(size) && size >= 1 ? { variable, size, family, announcesMore } : undefined;
  };
  return (
    found('OMPI_COMM_WORLD_SIZE', 'openmpi') ??
    found('PMI_SIZE', 'mpich') ??
    // Slurm sets SLURM_NTASKS in batch scripts as well, where a process need not be a task.
    found('SLURM_STEP_NUM_TASKS', 'any', true) ??
    found('SLURM_NTASKS', 'any', true)
  );
}

/** The names that are tried, in this order. */
export function librariesFor(launcher: Launcher | undefined, platform: string): readonly string[] {
  if (platform !== 'linux' && platform !== 'darwin') return [];
  const { openmpi, mpich, standard } = LIBRARIES[platform];
  const names =
    launcher?.family === 'mpich' ? [...mpich, ...standard, ...openmpi] : [...openmpi, ...mpich, ...standard];
  return platform === 'linux' ? names : names.flatMap((name) => FOLDERS.map((folder) => folder + name));
}

/** The message for a job whose size in MPI is not the launcher's; undefined where the two agree. */
export function mismatchOf(launcher: Launcher | undefined, library: string, size: number): string | undefined {
  if (launcher === undefined || launcher.size === size || (launcher.announcesMore && size > 1)) return undefined;
  return (
    `Expected a job of ${launcher.size} processes, as ${launcher.variable} says, but received one of ${size} from ` +
    `${library}: the launcher and the library belong to different MPIs, or this process was not started by the launcher. ` +
    'Start the program by the launcher of that library, or name the library of the launcher in LBFGS_MPI_LIBRARY'
  );
}
