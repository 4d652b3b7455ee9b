using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Model;
using Phi4R.Recipes;
using static TorchSharp.torch;

namespace Phi4R.Cli;

/// <summary>Asking a model for its scores and writing it elsewhere; each verb is one call into the library.</summary>
internal static class ModelVerbs
{
    public static IEnumerable<Command> All() => [Logits(), Export()];

    private static Command Logits()
    {
        var model = Model();
        var type = new Option<string>("--dtype") { Description = "What is computed in: f32 or bf16.", DefaultValueFactory = _ => "f32" };
        type.AcceptOnlyFromAmong("f32", "bf16");
        var rope = Rope();
        var command = new Command("logits", "Gives for each line {ids} on the standard input the scores of every next token: {logits}, a row for each id.") { model, type, rope };
        command.SetAction(words => Reported("logits", () =>
        {
            NativeLibraries.Prepare();
            using var loaded = PretrainedModel.Load(words.GetRequiredValue(model), Doctor.ChosenDevice(), Type(words.GetRequiredValue(type)), Policy(words.GetValue(rope)));
            return JsonLinesVerb.Run((row, writer) => Answer(loaded, row, writer));
        }));
        return command;
    }

    private static Command Export()
    {
        var model = Model();
        var output = new Option<string>("--out") { Description = "The folder that is made; a model that stands there is replaced.", Required = true };
        var type = new Option<string>("--dtype") { Description = "What the weights are written in: f32 or bf16.", DefaultValueFactory = _ => "bf16" };
        type.AcceptOnlyFromAmong("f32", "bf16");
        var shard = new Option<double>("--shard") { Description = "Gigabytes of one file of weights at the most.", DefaultValueFactory = _ => ModelExport.ShardBytes / 1e9 };
        var command = new Command("export", "Writes a model, such as a stage's, in the layout of the released checkpoints, and reads it again to show that it is the same.") { model, output, type, shard };
        command.SetAction(words => Reported("export", () =>
        {
            NativeLibraries.Prepare();
            var (from, to) = (words.GetRequiredValue(model), words.GetRequiredValue(output));
            using var loaded = PretrainedModel.Load(from, CPU);
            var stopIds = PretrainedModel.ReadStopIds(from);
            var report = ModelExport.Write(loaded, to, stopIds[^1], stopIds, Type(words.GetRequiredValue(type)), (long)(words.GetRequiredValue(shard) * 1e9), from);
            Console.WriteLine($"{to}: {report.Bytes / 1e9:F2} GB in {report.Files} file{(report.Files > 1 ? "s" : "")}; read again, its logits differ by {report.LogitDistance:G2} of their length.");
            return 0;
        }));
        return command;
    }

    private static void Answer(LanguageModel model, JsonObject row, Utf8JsonWriter writer)
    {
        var ids = row.RequiredIds("ids");
        Passes.Check(model.Config, ids);
        writer.WriteStartObject();
        writer.WriteStartArray("logits");
        foreach (var scores in Passes.Logits(model, ids))
        {
            writer.WriteStartArray();
            foreach (var score in scores)
            {
                writer.WriteNumberValue(score);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static Option<string> Model() => new("--model") { Description = "Folder of a checkpoint: config.json and its weights.", Required = true };

    private static Option<string?> Rope()
    {
        var rope = new Option<string?>("--rope") { Description = "by-length or long; what the checkpoint was trained with, or by-length where it does not say." };
        rope.AcceptOnlyFromAmong("by-length", "long");
        return rope;
    }

    private static RopePolicy? Policy(string? spelled) => spelled is null ? null : RopePolicies.Parse(spelled);

    private static ScalarType Type(string spelled) => spelled == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32;

    private static int Reported(string verb, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"phi4r {verb}: {exception.Message}");
            return 1;
        }
    }
}
