using System.Text.Json;

namespace Phi4R.Foundation;

/// <summary>
/// What a program decides for this library: where runs and models lie, and how much of the machine it may take.
/// </summary>
/// <remarks>
/// The library reads no environment variable and looks for no project's folder: a program such as the command line
/// does, once, and assigns <see cref="Current"/>. The options stand in <see cref="AppContext"/> as text, since a
/// notebook's kernel and its cells run two copies of this library in one process and mean the same machine.
/// </remarks>
public sealed record HostOptions
{
    private const string Offer = "Phi4R.Host.Options";
    private static Tuple<string, HostOptions>? Seen;

    /// <summary>
    /// The options of this process: what was assigned last, in any copy of this library, or else the defaults.
    /// </summary>
    public static HostOptions Current
    {
        get
        {
            if (AppContext.GetData(Offer) is not string text)
            {
                return new();
            }

            if (Seen is not { } seen || seen.Item1 != text)
            {
                Seen = seen = new(text, JsonSerializer.Deserialize(text, HostOptionsText.Default.HostOptions)!);
            }

            return seen.Item2;
        }

        set
        {
            var text = JsonSerializer.Serialize(value, HostOptionsText.Default.HostOptions);
            Seen = new(text, value);
            AppContext.SetData(Offer, text);
        }
    }

    /// <summary>The folder that runs stand in; runs/ in the working folder unless it is set.</summary>
    public string RunsFolder { get; init => field = Path.GetFullPath(value); } = Path.GetFullPath("runs");

    /// <summary>The folder of the data files that a recipe names without one; null for data/ beside the runs.</summary>
    public string? DataFolder { get; init; }

    /// <summary>
    /// The folder of the data that ships with the program, where a benchmark is looked for last; null for none.
    /// </summary>
    public string? ShippedData { get; init; }

    /// <summary>
    /// The folder of a released base model, or the name of a downloaded one, where a recipe names none; null for none.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>The device to compute on: cpu, auto, cuda or cuda:N.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Gigabytes that keys and values may take while answers are sampled; null for half of what is free.
    /// </summary>
    public double? CacheGigabytes
    {
        get;
        init => field = value is null or (> 0 and < 1e6)
            ? value
            : throw new ArgumentException($"CacheGigabytes is {value}; it must be gigabytes above 0.");
    }

    /// <summary>Seconds between two checkpoints of a stage: what a kill can cost, and nothing else.</summary>
    public double CheckpointSeconds
    {
        get;
        init => field = value is >= 0 and < 1e6
            ? value
            : throw new ArgumentException($"CheckpointSeconds is {value}; it must be seconds of 0 or more.");
    }
    = 2;

    /// <summary>The address of the hub that models are downloaded from; null for the official one.</summary>
    public string? HubEndpoint { get; init; }

    /// <summary>The hub's access token; null for none.</summary>
    public string? HubToken { get; init; }

    /// <summary>The folder in which the hub's own programs keep what they downloaded.</summary>
    public string HubCache { get; init; } = HubFolder.Cache(_ => null);

    /// <summary>The folders of this user in which Jupyter looks for kernels, the first of them first.</summary>
    public IReadOnlyList<string> JupyterFolders { get; init; } = [UsersJupyter()];

    /// <summary>
    /// The program that starts this one, with which a registered kernel is compared; null where there is none.
    /// </summary>
    public string? Launcher { get; init; }

    /// <summary>The cluster whose workers make parts where one is asked for without its name; null for none.</summary>
    public string? Cluster { get; init; }

    /// <summary>Where metrics and traces are sent, by OTLP; null for nowhere.</summary>
    public Uri? TelemetryEndpoint { get; init; }

    /// <summary>Folder and device: a token belongs into no log.</summary>
    public override string ToString() => $"HostOptions {{ RunsFolder = {RunsFolder}, Device = {Device} }}";

    private static string UsersJupyter()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var data = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData);
        return OperatingSystem.IsWindows() ? Path.Combine(data, "jupyter")
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter")
            : Path.Combine(home, ".local", "share", "jupyter");
    }
}
