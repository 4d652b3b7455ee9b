using Phi4R.Checkpoints;
using Phi4R.Cli;
using Phi4R.Foundation;
using Phi4R.Recipes;
using Phi4R.Runs;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Cli;

public sealed class HostEnvironmentTests
{
    private static readonly string Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    [Fact]
    public void Each_variable_becomes_its_option()
    {
        var read = Read(
            "/", "PHI4R_RUNS=/r", "PHI4R_DATA=/d", "PHI4R_MODEL=owner/name", "PHI4R_DEVICE=cuda:1",
            "PHI4R_CACHE_GB=0.5",
            "PHI4R_CHECKPOINT_SECONDS=0", "HF_ENDPOINT=http://hub", "HF_TOKEN=t", "HF_HUB_CACHE=/c",
            "JUPYTER_PATH=/a:/b",
            "JUPYTER_DATA_DIR=/j", "PHI4R_LAUNCHER=/l", "PHI4R_CLUSTER=redis://host",
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317");
        Assert.Equal(("/r", "/d", "owner/name", "cuda:1"), (read.RunsFolder, read.DataFolder, read.Model, read.Device));
        Assert.Equal((0.5, 0.0), (read.CacheGigabytes, read.CheckpointSeconds));
        Assert.Equal(("http://hub", "t", "/c", "/l"), (read.HubEndpoint, read.HubToken, read.HubCache, read.Launcher));
        Assert.Equal(["/a", "/b", "/j"], read.JupyterFolders);
        Assert.Equal(("redis://host", new Uri("http://collector:4317")), (read.Cluster, read.TelemetryEndpoint));
        Assert.Null(Read("/", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector", "OTEL_SDK_DISABLED=true")
            .TelemetryEndpoint);
    }

    [Fact]
    public void What_is_not_set_or_set_to_nothing_is_the_default()
    {
        var read = Read("/", "PHI4R_RUNS=", "PHI4R_DEVICE= ", "PHI4R_CACHE_GB=", "HF_TOKEN=");
        Assert.Equal(("/runs", "cpu", null, 2.0),
            (read.RunsFolder, read.Device, read.CacheGigabytes, read.CheckpointSeconds));
        Assert.Null(read.HubToken);
        Assert.Equal($"{Home}/.cache/huggingface/hub", read.HubCache);
        Assert.Equal([OperatingSystem.IsMacOS() ? $"{Home}/Library/Jupyter" : $"{Home}/.local/share/jupyter"],
            read.JupyterFolders);
    }

    [Fact]
    public void Runs_stand_in_the_project_from_every_folder_in_it() => Assert.Equal(
        Path.Combine(Project.Root, "runs"), Read(Path.Combine(Project.Root, "tests", "Phi4R.Tests")).RunsFolder);

    [Theory]
    [InlineData("PHI4R_CACHE_GB=0", "gigabytes above 0")]
    [InlineData("PHI4R_CACHE_GB=NaN", "gigabytes above 0")]
    [InlineData("PHI4R_CACHE_GB=much", "gigabytes above 0")]
    [InlineData("PHI4R_CHECKPOINT_SECONDS=-1", "seconds of 0 or more")]
    public void A_variable_that_is_no_number_is_named(string set, string allowed)
    {
        var words = set.Split('=');
        Assert.Equal(
            $"{words[0]} is '{words[1]}'; it must be {allowed}.",
            Assert.Throws<ArgumentException>(() => Read("/", set)).Message);
        var (code, text) = HouseTests.Bash($"{set} dotnet '{Path.Combine(AppContext.BaseDirectory, "phi4r.dll")}' "
            + "encode </dev/null");
        Assert.Equal((1, $"phi4r: {words[0]} is '{words[1]}'; it must be {allowed}.\n"), (code, text));
    }

    // A kernel and its cells hold two copies of the library; what they share is the process's table of texts and
    // values.
    [Fact]
    public void Options_are_the_processs_and_each_part_of_the_library_takes_them()
    {
        var before = HostOptions.Current;
        try
        {
            HostOptions.Current = before with { HubCache = "/c", HubToken = "t", RunsFolder = "/r", Device = "abacus" };
            Assert.IsType<string>(AppContext.GetData("Phi4R.Host.Options"));
            Assert.Equal(("/c", "t"), (HubSettings.Current().Cache, HubSettings.Current().Token));
            Assert.Equal("/data/x.jsonl", RecipeFiles.Place("x.jsonl"));
            Assert.Contains("'abacus'", Assert.Throws<InvalidOperationException>(() => Doctor.ChosenDevice()).Message);
            Assert.DoesNotContain("HubToken", HostOptions.Current.ToString(), StringComparison.Ordinal);
            AppContext.SetData("Phi4R.Host.Options", null);
            Assert.Equal((Path.GetFullPath("runs"), "cpu"),
                (HostOptions.Current.RunsFolder, HostOptions.Current.Device));
        }
        finally
        {
            HostOptions.Current = before;
        }

        Assert.Equal(before.RunsFolder, HostOptions.Current.RunsFolder);
    }

    private static HostOptions Read(string start, params string[] set)
    {
        var variables = set.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return HostEnvironment.Read(start, variables.GetValueOrDefault);
    }
}
