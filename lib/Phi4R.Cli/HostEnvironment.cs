using System.Globalization;
using Phi4R.Foundation;

namespace Phi4R.Cli;

/// <summary>The one place where environment variables are read and the project's folder is looked for.</summary>
internal static class HostEnvironment
{
    /// <summary>A password that a server asks for, or that is given to one.</summary>
    public static string? ApiKey => Variable(ServerAccess.KeyVariable);

    /// <summary>A key that stands in a variable of the reader's choice; null where none was named.</summary>
    /// <exception cref="ArgumentException">The variable is not set.</exception>
    public static string? Key(string? variable) => variable is null ? null : Variable(variable)
        ?? throw new ArgumentException($"{variable} is not set; expected was the server's key in it.");

    /// <summary>The notebook that Jupyter serves, as it tells its kernels.</summary>
    public static string? JupyterSession => Variable("JPY_SESSION_NAME");

    /// <summary>The process that Jupyter's end is the end of a kernel with; null where there is none.</summary>
    public static int? JupyterProcess =>
        int.TryParse(Variable("JPY_PARENT_PID"), CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>How many processes mpirun started together with this one, itself among them; 1 without it.</summary>
    public static int MpiSize => Mpi("OMPI_COMM_WORLD_SIZE") ?? 1;

    /// <summary>This process's number among those that mpirun started; null without it.</summary>
    public static int? MpiRank => Mpi("OMPI_COMM_WORLD_RANK");

    /// <summary>The folder of this user's kernels: the last of <see cref="HostOptions.JupyterFolders"/>.</summary>
    public static string KernelsFolder => Path.Combine(HostOptions.Current.JupyterFolders[^1], "kernels");

    /// <summary>What the environment's variables say.</summary>
    /// <param name="start">
    /// The folder at which the search for the project's begins; null for the working folder.
    /// </param>
    /// <param name="variable">Looks up a variable; null for those of this process.</param>
    /// <exception cref="ArgumentException">
    /// A variable is no number; the message says which, and what it may be.
    /// </exception>
    public static HostOptions Read(string? start = null, Func<string, string?>? variable = null)
    {
        var here = start ?? Environment.CurrentDirectory;
        return new()
        {
            RunsFolder = Set("PHI4R_RUNS") ?? Path.Combine(Project(here) ?? here, "runs"),
            DataFolder = Set("PHI4R_DATA"),
            Model = Set("PHI4R_MODEL"),
            Device = Device(Set("PHI4R_DEVICE") ?? "cpu", Set("OMPI_COMM_WORLD_LOCAL_RANK")),
            CacheGigabytes = Number("PHI4R_CACHE_GB", "gigabytes above 0", value => value > 0),
            CheckpointSeconds = Number("PHI4R_CHECKPOINT_SECONDS", "seconds of 0 or more", value => value >= 0) ?? 2,
            HubEndpoint = Set("HF_ENDPOINT"),
            HubToken = Set("HF_TOKEN"),
            HubCache = HubFolder.Cache(variable ?? Variable),
            JupyterFolders = [.. (Set("JUPYTER_PATH") ?? "").Split(Path.PathSeparator,
                StringSplitOptions.RemoveEmptyEntries), JupyterData()],
            Launcher = Set("PHI4R_LAUNCHER"),
            Cluster = Set("PHI4R_CLUSTER"),
            TelemetryEndpoint = Set("OTEL_SDK_DISABLED") is { } off && bool.TryParse(off, out var isOff) && isOff
                ? null
                : Endpoint("OTEL_EXPORTER_OTLP_ENDPOINT"),
        };

        string? Set(string name) => (variable ?? Variable)(name)?.Trim() is { Length: > 0 } set ? set : null;

        Uri? Endpoint(string name) => Set(name) is not { } text ? null
            : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
            : throw new ArgumentException($"{name} is '{text}'; it must be an address such as http://127.0.0.1:4317.");

        double? Number(string name, string allowed, Func<double, bool> isFine) => Set(name) is not { } text ? null
            : double.TryParse(text, CultureInfo.InvariantCulture, out var value) && value < 1e6 && isFine(value) ? value
            : throw new ArgumentException($"{name} is '{text}'; it must be {allowed}.");

        string JupyterData() => Set("JUPYTER_DATA_DIR")
            ?? (OperatingSystem.IsLinux() && Set("XDG_DATA_HOME") is { } shared
                ? Path.Combine(shared, "jupyter")
                : null)
            ?? new HostOptions().JupyterFolders[^1];
    }

    // Each process of a machine that mpirun started has a card of its own.
    private static string Device(string wanted, string? localRank) =>
        wanted == "cuda" && localRank is not null ? $"cuda:{localRank}" : wanted;

    private static int? Mpi(string name) =>
        int.TryParse(Variable(name), CultureInfo.InvariantCulture, out var number) ? number : null;

    // The folder above that holds the solution, in which runs/ stands; null where this is not run from within it.
    private static string? Project(string here)
    {
        var folder = new DirectoryInfo(here);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Phi4R.Lib.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName;
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } set ? set : null;
}
