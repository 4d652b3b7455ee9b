using System.Diagnostics;
using Phi4R.Runs;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Runs;

public sealed class RunFactsTests
{
    // The oracle is the kernel's own list, which comes from the same registers by other code; it may have been started
    // on another host, under another name.
    [FactWhere("Linux on x86", "grep -q ^vendor_id /proc/cpuinfo")]
    public void The_processor_of_a_run_is_the_one_that_the_system_names()
    {
        var system = File.ReadLines("/proc/cpuinfo").TakeWhile(line => line.Length > 0)
            .Select(line => line.Split(':', 2))
            .ToDictionary(pair => pair[0].Trim(), pair => pair[^1].Trim(), StringComparer.Ordinal);
        var here = CpuFacts.Here;
        Assert.Equal(system["vendor_id"], here.Vendor);
        Assert.EndsWith(
            $" (family {system["cpu family"]}, model {system["model"]}, stepping {system["stepping"]})",
            here.Name,
            StringComparison.Ordinal);
        Assert.Matches("^[ -~]{3,} [(]family", here.Name);
        var flags = system["flags"].Split(' ');
        Assert.All(new[] { ("Avx", "avx"), ("Avx2", "avx2"), ("Fma", "fma"), ("Bmi2", "bmi2") }, set =>
            Assert.Equal(flags.Contains(set.Item2), here.InstructionSets.Contains(set.Item1)));
        Assert.Equal((Environment.ProcessorCount, get_num_threads()), (here.Cores, here.Threads));
        Assert.Contains("MKL", here.Kernels.Keys);
        Assert.Matches(@"^\d{4}\.\d", RunFacts.Here.Versions["MKL"]);
        Assert.Matches(@"^\d+\.\d+", RunFacts.Here.Versions["glibc"]);
    }

    [Fact]
    public void The_count_of_threads_is_that_of_the_moment()
    {
        var threads = get_num_threads();
        try
        {
            set_num_threads(3);
            Assert.Equal(3, RunFacts.Here.Processor!.Threads);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    // libtorch held to its plainest kernels stands for an older processor: the same command there is another run.
    [FactWhere("Linux on x86", "grep -q ^vendor_id /proc/cpuinfo")]
    public void A_run_on_other_kernels_parts_at_its_first_weights_and_the_processor_is_what_diff_names_first()
    {
        var (here, there) = (Made("smoke", null), Made("smoke", "default"));
        var (a, b) = (Kernels(here), Kernels(there));
        Assert.Equal("DEFAULT", b);
        Assert.NotEqual("DEFAULT", a);
        var diff = RunDiff.Of(here, there);
        var first = $"libtorch computes with {a} and {b}";
        Assert.Equal($"The runs part at 'base', which has the same settings and inputs, but {first}.", diff.Verdict);
        Assert.Equal([first, "the first stage whose weights differ is 'base'"], diff.Lines.Take(2));

        static string Kernels(string run) => Manifest(run).Made!.Processor!.Kernels["libtorch"];
    }

    [Fact]
    public void A_record_of_before_is_read_and_its_processor_is_not_recorded()
    {
        var old = Records().First(record => record is { Code: not null }) with { Processor = null };
        var (before, now) = (Project.Scratch(), Project.Scratch());
        old.Write(before);
        var facts = CpuFacts.Here;
        (old with { Processor = facts }).Write(now);
        var read = RunRecord.Read(now).Processor!;
        Assert.Equal(
            (facts.Vendor, facts.Name, facts.Cores, facts.Threads), (read.Vendor, read.Name, read.Cores, read.Threads));
        Assert.Equal(facts.InstructionSets, read.InstructionSets);
        Assert.Equal(facts.Kernels, read.Kernels);
        var line = RunDiff.Of(before, now).Lines.Single();
        Assert.Equal($"the processor is not recorded and {facts.Vendor} {facts.Name}", line);
    }

    // An Intel Xeon beside an AMD EPYC, as records: other weights from the first stage on, another build as well.
    [Fact]
    public void Of_two_records_the_processor_is_named_before_the_code_and_so_is_the_first_stage_of_other_weights()
    {
        var here = CpuFacts.Here;
        var record = Records().First(record => record.Stages.All(stage => stage.Files is not null)) with
        {
            Processor = here,
        };
        var other = record with
        {
            Processor = here with
            {
                Vendor = "GenuineIntel",
                Name = "Xeon",
                Threads = here.Threads + 1,
                InstructionSets = [],
            },
            Code = new string('0', 64),
            Stages = [record.Stages[0], .. record.Stages.Skip(1).Select(Moved)],
        };
        var (a, b) = (Project.Scratch(), Project.Scratch());
        record.Write(a);
        other.Write(b);
        var lines = RunDiff.Of(a, b).Lines;
        Assert.EndsWith(" and GenuineIntel Xeon", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(".NET's instruction sets: ", lines[1], StringComparison.Ordinal);
        Assert.EndsWith($" and {other.Processor.Threads}", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("the code is another", lines[3], StringComparison.Ordinal);
        Assert.Equal("the first stage whose weights differ is 'mid-training'", lines[4]);
        Assert.StartsWith("The records differ: the processor is ", RunDiff.Of(a, b).Verdict, StringComparison.Ordinal);

        static RunRecord.StageTime Moved(RunRecord.StageTime stage) =>
            stage with { Files = new Dictionary<string, string>(stage.Files!) { ["model.safetensors"] = "00" } };
    }

    private static IEnumerable<RunRecord> Records() =>
        Directory.GetDirectories(Path.Combine(Project.Root, "data", "runs"))
        .Order(StringComparer.Ordinal).Select(RunRecord.Read);

    private static StageManifest Manifest(string run) =>
        StageManifest.Read(Directory.GetDirectories(run, "base-*").Single());

    private static string Made(string recipe, string? capability)
    {
        var folder = Project.Scratch();
        var program = Path.Combine(AppContext.BaseDirectory, "phi4r.dll");
        string[] words = [program, "recipe", "--recipe", recipe, "--to", "base", "--out", folder];
        var start = new ProcessStartInfo("dotnet", words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (capability is not null)
        {
            start.Environment["ATEN_CPU_CAPABILITY"] = capability;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return folder;
    }
}
