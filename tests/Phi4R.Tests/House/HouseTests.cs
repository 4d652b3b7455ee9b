using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Phi4R.Tests.House;

/// <summary>What keeps the house in order.</summary>
public sealed partial class HouseTests
{
    /// <summary>Library files that may be longer than 300 lines, each with the reason.</summary>
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal)
    {
        ["lib/Phi4R.Lib/Runs/PlanProbe.cs"] = "a probe of each kind of stage, over the same sampled documents",
        ["lib/Phi4R.Lib/Checkpoints/HubDownload.cs"] = "one protocol: list, fetch, resume, verify, link",
        ["lib/Phi4R.Lib/Inference/Local/Engine.cs"] = "one life of requests, told in the order in which threads meet",
        ["lib/Phi4R.Lib/Inference/Local/Scheduler.cs"] = "one loop: admit, prefill, advance, give back",
        ["lib/Phi4R.Lib/Kernels/FusedAttention.cs"] = "forward and backward of one kernel share their layout of memory",
        ["lib/Phi4R.Lib/Model/LanguageModel.cs"] = "the model and the two ways of preparing it, for training "
            + "and inference",
        ["lib/Phi4R.Lib/Runs/FileSource.cs"] = "everything that a recipe of files reads, and its checks",
        ["lib/Phi4R.Lib/Runs/RunData.cs"] = "what every stage learns from, with the ledger's line for all that "
            + "is left out",
        ["lib/Phi4R.Cli/OpenAiServer.cs"] = "the endpoints of one server",
    };

    [Fact]
    public void No_warning_is_silenced_in_the_code() => Assert.DoesNotContain(
        Sources("lib").Concat(Sources("tests")),
        file => file.Text.Contains("#pragma " + "warning", StringComparison.Ordinal));

    [Fact]
    public void Nothing_is_left_open_without_an_issue() => Assert.DoesNotContain(
        Sources("lib").Concat(Sources("tests")), file => OpenEnd().IsMatch(file.Text));

    [Fact]
    public void A_long_library_file_has_a_reason() => Assert.Equal("", string.Join("; ", Sources("lib")
        .Where(file => file.Text.Count(character => character == '\n') > 300 && !LongFiles.ContainsKey(file.Path))
        .Select(file => file.Path)));

    [Fact]
    public void Package_versions_stand_in_one_place() => Assert.DoesNotContain(
        Directory.EnumerateFiles(Project.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains("artifacts", StringComparison.Ordinal)),
        path => PackageVersion().IsMatch(File.ReadAllText(path)));

    [Fact]
    public void No_tracked_file_names_a_folder_of_one_machine()
    {
        foreach (var path in Tracked().Where(path => !path.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            var text = File.ReadAllText(Path.Combine(Project.Root, path));
            Assert.False(MachinePath().IsMatch(text), $"{path}: {MachinePath().Match(text).Value}");
        }
    }

    // The symbol that only newer systems have must be wanted weakly, or nothing loads on Debian 12.
    [FactWhere("Linux", "test \"$(uname -s)\" = Linux")]
    public void The_native_library_was_made_to_load_on_older_systems()
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        Assert.Contains(VersionNeeds(bytes), need => need.Name.StartsWith("GLIBCXX", StringComparison.Ordinal));
        Assert.DoesNotContain(VersionNeeds(bytes), need => need is { Name: "GLIBCXX_3.4.32", Weak: false });
    }

    [Theory]
    [InlineData("--bogus", "there is no option '--bogus'")]
    [InlineData("--seed x", "--seed is 'x'")]
    [InlineData("--profile", "--profile needs a value")]
    public void The_run_command_refuses_what_it_does_not_know(string words, string message)
    {
        var (code, text) = Bash($"environment/run {words}");
        Assert.Equal(2, code);
        Assert.Contains(message, text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_set_up_refuses_an_unknown_device()
    {
        var (code, text) = Bash("PHI4R_DEVICE=abacus environment/setup");
        Assert.Equal(2, code);
        Assert.Contains("abacus", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Linux", "aarch64")]
    [InlineData("Darwin", "arm64")]
    [InlineData("Linux", "i686")]
    public void The_set_up_on_a_machine_that_libtorch_does_not_come_for_says_so(string system, string processor)
    {
        var tools = Project.Scratch();
        var other = Path.Combine(tools, "uname");
        File.WriteAllText(other, $"#!/bin/sh\ntest \"$1\" = -m && echo {processor} || echo {system}\n");
        var (code, text) = Bash($"chmod +x {other}; PATH={tools}:$PATH environment/setup");
        Assert.Equal(1, code);
        Assert.Contains($"this is {system} on {processor}", text, StringComparison.Ordinal);
        Assert.Contains("--platform=linux/amd64", text, StringComparison.Ordinal);
    }

    // The places where installers put the SDK cannot be hidden.
    [FactWhere("a machine whose SDK is neither in /usr/share nor in /usr/lib", "test ! -d /usr/share/dotnet",
        "test ! -d /usr/lib/dotnet")]
    public void The_set_up_without_an_SDK_says_what_is_missing_and_how_to_get_it()
    {
        var tools = Project.Scratch();
        foreach (var tool in new[] { "bash", "dirname", "cut", "paste", "grep", "env", "uname" })
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), Bash($"command -v {tool}").Text.Trim());
        }

        var (code, text) = Bash($"HOME={tools} PATH={tools} DOTNET_ROOT= environment/setup");
        Assert.Equal(1, code);
        Assert.Contains("the .NET 10 SDK is missing", text, StringComparison.Ordinal);
    }

    internal static (int Code, string Text) Bash(string command, int seconds = 60)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = Project.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(seconds * 1000), $"'{command}' took more than {seconds} s.");
        return (process.ExitCode, text + error.Result);
    }

    private static IEnumerable<(string Path, string Text)> Sources(string folder) => Directory
        .EnumerateFiles(Path.Combine(Project.Root, folder), "*.cs", SearchOption.AllDirectories)
        .Select(path => (Path.GetRelativePath(Project.Root, path).Replace('\\', '/'), File.ReadAllText(path)));

    private static string[] Tracked() => Bash("git ls-files").Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    // Entries of .gnu.version_r: the versions that an ELF file needs of other libraries.
    internal static List<(string Name, bool Weak)> VersionNeeds(byte[] bytes)
    {
        int Half(int at) => BitConverter.ToUInt16(bytes, at);
        int Word(int at) => (int)BitConverter.ToUInt32(bytes, at);
        int Wide(int at) => (int)BitConverter.ToUInt64(bytes, at);
        List<(string, bool)> needs = [];
        for (var i = 0; i < Half(0x3C); i++)
        {
            var section = Wide(0x28) + (i * Half(0x3A));
            if (Word(section + 4) != 0x6ffffffe)
            {
                continue;
            }

            var strings = Wide(Wide(0x28) + (Word(section + 0x28) * Half(0x3A)) + 0x18);
            for (var need = Wide(section + 0x18); ; need += Word(need + 12))
            {
                var entry = need + Word(need + 8);
                for (var j = 0; j < Half(need + 2); j++, entry += Word(entry + 12))
                {
                    var start = strings + Word(entry + 8);
                    needs.Add(
                        (System.Text.Encoding.ASCII.GetString(bytes, start,
                            Array.IndexOf(bytes, (byte)0, start) - start), (bytes[entry + 4] & 2) != 0));
                }

                if (Word(need + 12) == 0)
                {
                    break;
                }
            }
        }

        return needs;
    }

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME)\b(?!\s*#\d+)")]
    private static partial Regex OpenEnd();

    [GeneratedRegex(@"<PackageReference[^>]*\bVersion=")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"(?<![\w.$}])/(work|root|farm)/[A-Za-z.]|/home/(?!vscode)[a-z]+/|C:\\\\Users")]
    private static partial Regex MachinePath();
}
