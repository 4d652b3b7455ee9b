using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Phi4R.Model;
using Phi4R.Runs;
using Tensorboard;

namespace Phi4R.Tests.Runs;

public sealed class RunDiffTests(RunDiffTests.Runs runs) : IClassFixture<RunDiffTests.Runs>
{
    [Fact]
    public void Two_runs_of_one_recipe_and_seed_are_equal()
    {
        var diff = RunDiff.Of(runs.First, runs.Same);
        Assert.Equal("The runs are equal: settings, data, weights and steps.", diff.Verdict);
        Assert.Empty(diff.Lines);
    }

    [Fact]
    public void A_changed_setting_is_named_with_the_stage_and_the_first_step_that_it_changes()
    {
        var diff = RunDiff.Of(runs.First, runs.Faster);
        Assert.Equal("The runs part at 'mid-training', where a setting differs: "
            + "MidTraining.Optimizer.PeakLearningRate: 0.002 and 0.004.", diff.Verdict);
        Assert.Equal(4, diff.Lines.Count);
        Assert.Equal("the first stage whose weights differ is 'mid-training'", diff.Lines[0]);
        var rates = Regex.Match(diff.Lines[2],
            @"^mid-training: the first step that differs is 0, in learningRate: ([0-9.E-]+) and ([0-9.E-]+)");
        Assert.True(rates.Success, diff.Lines[2]);
        Assert.Equal(2 * Rate(1), Rate(2), 1e-9);
        Assert.Equal("mid-training: other weights", diff.Lines[3]);

        double Rate(int side) =>
            double.Parse(rates.Groups[side].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Another_seed_is_named_where_it_first_makes_other_data()
    {
        var diff = RunDiff.Of(runs.First, runs.OtherSeed);
        Assert.Equal("The runs part at 'distillation', where a setting differs: Seed: 1 and 2.", diff.Verdict);
        Assert.Contains(diff.Lines, line => line.StartsWith("distillation: other ", StringComparison.Ordinal)
            && line.Contains("data (rollouts/part-00000.parquet)", StringComparison.Ordinal));
    }

    // As if the base model had been trained with the factors of its length.
    [Fact]
    public void Another_rope_policy_is_named_and_a_model_is_not_asked_with_it()
    {
        var copy = Copy(runs.Same);
        foreach (var path in Directory.GetFiles(copy, "stage.json", SearchOption.AllDirectories))
        {
            Rewrite(path,
                text =>
                    text.Replace("\"RopePolicy\": \"AlwaysLong\"", "\"RopePolicy\": \"ByLength\"",
                        StringComparison.Ordinal));
        }

        Assert.Contains("base: Model.RopePolicy: \"AlwaysLong\" and \"ByLength\"", RunDiff.Of(runs.First, copy).Lines);
        var trained = Runs.Open(runs.First).Get(Pipeline.MidTraining);
        trained.Load().Dispose();
        var other = trained with { Config = trained.Config with { RopePolicy = RopePolicy.ByLength } };
        Assert.Contains("is long, and by-length was asked for; training, rollouts and evaluation",
            Assert.Throws<InvalidDataException>(() => other.Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_record_of_a_run_says_its_rope_policy()
    {
        var folder = Project.Scratch();
        var run = Runs.Open(runs.First);
        RunRecord.Of(run, [run.Get(Pipeline.MidTraining)], []).Write(folder);
        var record = Reference.Fixtures.Json(Path.Combine(folder, "run.json"));
        Assert.Equal("long", record.GetProperty("RopePolicy").GetString());
        Assert.Equal(1, record.GetProperty("Ranks").GetInt32());
        var other = Project.Scratch();
        var shortened = Runs.Open(other)
            .With(recipe => recipe with { Model = recipe.Model with { RopePolicy = RopePolicy.ByLength } });
        RunRecord.Of(shortened, [], []).Write(other);
        Assert.Equal("The records differ: Model.RopePolicy: \"AlwaysLong\" and \"ByLength\".",
            RunDiff.Of(folder, other).Verdict);
    }

    // As if four processes had made it.
    [Fact]
    public void Another_number_of_ranks_is_named()
    {
        var copy = Copy(runs.Same);
        foreach (var path in Directory.GetFiles(copy, "stage.json", SearchOption.AllDirectories))
        {
            Rewrite(path, text => text.Replace("\"Ranks\": 1", "\"Ranks\": 4", StringComparison.Ordinal));
        }

        Assert.Equal(["the ranks were 1 and 4"], RunDiff.Of(runs.First, copy).Lines);
    }

    // As if another machine, another version and another build had made it, and come to other weights.
    [Fact]
    public void Another_machine_version_and_code_are_named()
    {
        var copy = Copy(runs.Same);
        var folder = Directory.GetDirectories(copy, "base-*").Single();
        var path = Path.Combine(folder, "stage.json");
        var here = RunFacts.Here;
        Rewrite(path, text => System.Text.RegularExpressions.Regex.Replace(
            text.Replace(here.Code, new string('0', 64), StringComparison.Ordinal)
                .Replace("\"TorchSharp\": \"", "\"TorchSharp\": \"9.", StringComparison.Ordinal)
                .Replace("cores", "kernels", StringComparison.Ordinal),
            "\"model.safetensors\": \"[0-9a-f]",
            "\"model.safetensors\": \"x"));
        var diff = RunDiff.Of(runs.First, copy);
        Assert.StartsWith("The runs part at 'base', which has the same settings and inputs, but the version of "
            + "TorchSharp is", diff.Verdict, StringComparison.Ordinal);
        Assert.Contains(diff.Lines, line => line.StartsWith("the machine is", StringComparison.Ordinal));
        Assert.Contains(diff.Lines, line => line.Contains("the code is another", StringComparison.Ordinal)
            && line.Contains("000000000000", StringComparison.Ordinal));
    }

    [Fact]
    public void Records_alone_can_be_compared_those_of_before_too()
    {
        var records = Directory.GetDirectories(Path.Combine(Project.Root, "data", "runs"))
            .Where(folder => File.Exists(Path.Combine(folder, "run.json"))).Order(StringComparer.Ordinal).ToList();
        Assert.True(records.Count >= 2);
        Assert.StartsWith("The records are equal", RunDiff.Of(records[0], records[0]).Verdict,
            StringComparison.Ordinal);
        Assert.Contains(RunDiff.Of(records[0], records[1]).Lines,
            line => line.StartsWith("seed: ", StringComparison.Ordinal));
        Assert.Contains("is not a folder",
            Assert.Throws<InvalidDataException>(
                () => RunDiff.Of(records[0], Path.Combine(records[0], "nowhere"))).Message, StringComparison.Ordinal);
        Assert.Contains("not the folder of a run",
            Assert.Throws<InvalidDataException>(() => RunDiff.Of(records[0], Project.Scratch())).Message,
            StringComparison.Ordinal);
    }

    // The check value of CRC-32C over "123456789" is E3069283 (RFC 3720); masked as TFRecord does: turned right by 15,
    // plus a282ead8.
    [Fact]
    public void The_masked_checksum_equals_the_value_worked_out_by_hand() =>
        Assert.Equal(unchecked(((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xA282EAD8u),
            TensorBoard.Masked("123456789"u8));

    [Fact]
    public void Event_files_hold_every_number_of_every_step()
    {
        var folder = Project.Scratch();
        var written = TensorBoard.Export(runs.First, folder);
        Assert.Equal(["base", "mid-training"], written.Select(stage => stage.Stage));
        var events = Events(Directory.GetFiles(Path.Combine(folder, "mid-training")).Single());
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        var steps = Runs.Open(runs.First).Get(Pipeline.MidTraining).Steps;
        Assert.Equal(steps.Select(step => (long)step.Step), events.Skip(1).Select(one => one.Step));
        Assert.Equal(steps.Select(step => (float)step.Loss),
            events.Skip(1).Select(one => one.Summary.Value.Single(value => value.Tag == "loss").SimpleValue));
        Assert.Equal(events.Select(one => one.WallTime), events.Select(one => one.WallTime).Order());
    }

    // A reader of its own: lengths and checksums are checked bit by bit, not with the code under test.
    private static List<Event> Events(string path)
    {
        var bytes = File.ReadAllBytes(path);
        List<Event> events = [];
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Plain(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            Assert.Equal(Plain(bytes.AsSpan(at + 12, length)),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            events.Add(Event.Parser.ParseFrom(bytes, at + 12, length));
            at += 16 + length;
        }

        return events;

        static uint Plain(ReadOnlySpan<byte> bytes)
        {
            var crc = uint.MaxValue;
            foreach (var value in bytes)
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
                }
            }

            crc = ~crc;
            return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
        }
    }

    // As if it had been written so: sealed again.
    private static void Rewrite(string path, Func<string, string> change)
    {
        var text = System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(path),
            "(\"Seal\": )\"[^\"]*\"", "$1\"\"");
        File.WriteAllText(path, StageManifest.Sealed(change(text)));
    }

    private static string Copy(string from)
    {
        var folder = Project.Scratch();
        foreach (var source in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(from, source));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
        }

        return folder;
    }

    /// <summary>Four runs up to mid-training.</summary>
    public sealed class Runs
    {
        public Runs()
        {
            First = Made(1);
            Same = Made(1);
            OtherSeed = Made(2);
            Faster = Made(1, 4e-3);
        }

        public string First { get; }

        public string Same { get; }

        public string OtherSeed { get; }

        public string Faster { get; }

        public static RecipeRun Open(string folder) => RecipeRun.Open("smoke", 1, folder);

        private static string Made(int seed, double? rate = null)
        {
            var folder = Project.Scratch();
            var run = RecipeRun.Open("smoke", seed, folder);
            run = rate is null
                ? run
                : run.With(recipe => recipe with
                {
                    MidTraining = recipe.MidTraining with
                    {
                        Optimizer = recipe.MidTraining.Optimizer with { PeakLearningRate = rate.Value },
                    },
                });
            run.Get(Pipeline.MidTraining);
            return folder;
        }
    }
}
