using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Cli;

public sealed class ModelVerbsTests
{
    [Fact]
    public void Rows_of_ids_are_answered_with_the_logits_of_the_reference_and_bad_rows_in_their_place()
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        var ids = string.Join(",", expected["len65.input_ids"].data<long>());
        var tooLong = string.Join(",", Enumerable.Repeat(1, 257));
        var (code, text) = JsonLinesVerbTests.Phi4r($"logits --model {folder}",
            $"{{\"ids\":[{ids}]}}\n{{\"ids\":[]}}\n{{\"ids\":[1,320]}}\n{{\"ids\":[-1]}}\n{{\"ids\":["
                + $"{tooLong}]}}\n{{}}\n{{\"ids\":[7]}}\n");
        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(1, code);
        Assert.Equal(7, rows.Length);
        var found = tensor(rows[0]["logits"]!.AsArray().SelectMany(row => row!.AsArray().Select(score => (float)score!))
            .ToArray()).view(65, 320);
        Compare.Close(expected["len65.logits"], found, 1e-4);
        string[] faults = ["There are no ids", "The id at place 1 is 320; the model's are 0 to 319",
            "The id at place 0 is -1", "There are 257 ids; the model holds 256", "\"ids\" is missing"];
        Assert.All(faults.Zip(rows[1..6]), pair => Assert.Contains(pair.First, (string)pair.Second["error"]!));
        Assert.Equal(320, rows[6]["logits"]![0]!.AsArray().Count);
    }

    // Plain loops with the long factors at every length; in 16 bits the tolerance of the fixtures' README.
    [Theory]
    [InlineData("f32", 1e-4)]
    [InlineData("bf16", 0.6)]
    public void Logits_with_long_factors_are_those_of_plain_loops_in_32_bits_and_near_them_in_16(
        string type, double tolerance)
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        int[] ids = [100, 155, 66, 177, 226, 297, 242];
        var expected = new PlainModel(model.Config, SmallModel.Weights(model)).Logits(ids, useLong: true);
        var (code, text) = JsonLinesVerbTests.Phi4r($"logits --model {folder} --dtype {type} --rope long",
            $"{{\"ids\":[{string.Join(",", ids)}]}}\n");
        Assert.Equal(0, code);
        var found = JsonNode.Parse(text)!["logits"]!.AsArray()
            .SelectMany(row => row!.AsArray().Select(score => (double)score!)).ToArray();
        Compare.Close(tensor(expected.SelectMany(row => row).ToArray()), tensor(found), tolerance);
    }

    [Fact]
    public void Logits_are_computed_in_the_type_that_the_checkpoint_holds_unless_another_is_named()
    {
        var folder = Path.Combine(Project.Scratch(), "half");
        using (var model = SmallModel.Create())
        {
            ModelExport.Write(model, folder, endOfText: 0, stopIds: [0], ScalarType.BFloat16);
        }

        var plain = Ask("");
        Assert.Equal(Ask(" --dtype bf16"), plain);
        Assert.NotEqual(Ask(" --dtype f32"), plain);

        string Ask(string type)
        {
            var (code, text) = JsonLinesVerbTests.Phi4r($"logits --model {folder}{type}", "{\"ids\":[5,6,7]}\n");
            Assert.Equal(0, code);
            return text;
        }
    }

    [Fact]
    public void A_model_that_does_not_fit_ends_the_command_with_one_line_of_what_it_needs_and_what_is_there()
    {
        var folder = Path.Combine(Project.Scratch(), "vast");
        var config = SmallModel.Config with
        {
            Width = 8192,
            QueryHeads = 64,
            KeyValueHeads = 64,
            FeedForwardWidth = 32_768,
            Layers = 1000,
            ShortFactors = null,
            LongFactors = null,
        };
        SparseCheckpoint.Write(folder, config, numbers: false);
        foreach (var verb in new[] { "logits", "generate", "chat", "serve" })
        {
            using var command = new MeasuredCommand("dotnet", Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), verb,
                "--model", folder);
            var (code, output, errors, _, _) = command.Finish("{\"ids\":[1]}\n");
            Assert.Equal((1, ""), (code, output));
            Assert.Matches($"^phi4r {verb}: {folder} needs 2281\\.[0-9] GB of memory in 16 bits, and this machine "
                + "has [0-9.]+ GB free\\. End what else takes memory, or use a machine with more of it\\.\n$", errors);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_model_that_cannot_be_read_ends_the_command_without_a_row()
    {
        var folder = Project.Scratch();
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        Assert.Equal((1, ""), JsonLinesVerbTests.Phi4r($"logits --model {folder}", "{\"ids\":[1]}\n"));
    }

    [Theory]
    [InlineData("logits")]
    [InlineData("logits --model x --dtype f16")]
    [InlineData("logits --model x --rope short")]
    [InlineData("encode --loudly")]
    [InlineData("generate --model no/such/model")]
    [InlineData("logits --model no-such-model")]
    [InlineData("nothing")]
    public void A_mistyped_command_writes_nothing_on_the_standard_output(string command) =>
        Assert.Equal((1, ""), JsonLinesVerbTests.Phi4r(command, "{\"ids\":[1]}\n"));

    [Fact]
    public void A_model_without_a_tokenizer_is_exported_and_that_is_said_on_the_standard_error()
    {
        var (from, to) = (Path.Combine(Project.Scratch(), "from"), Path.Combine(Project.Scratch(), "to"));
        using (var model = SmallModel.Create())
        {
            ModelExport.Write(model, from, endOfText: 0, stopIds: [0]);
        }

        using var process = Process.Start(
            new ProcessStartInfo("dotnet",
                [Path.Combine(AppContext.BaseDirectory, "phi4r.dll"), "export", "--model", from, "--out", to])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("read again", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        Assert.Contains("has no tokenizer files", error, StringComparison.Ordinal);
        Assert.Equal(["config.json", "generation_config.json", "model.safetensors"],
            Directory.GetFiles(to).Select(Path.GetFileName).Order());
    }
}
