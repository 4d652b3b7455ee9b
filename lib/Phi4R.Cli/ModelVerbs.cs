using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Model;
using Phi4R.Native;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>Asking a model for its scores and writing it elsewhere; each verb is one call into the library.</summary>
internal static class ModelVerbs
{
    public static IEnumerable<Command> All() => [Logits(), Export()];

    private static Command Logits()
    {
        var (model, type, rope) = (ModelOptions.Model(), ModelOptions.Type(), ModelOptions.Rope());
        var command = new Command("logits", "Gives for each line {ids} on the standard input the scores of every next "
            + "token: {logits}, a row for each id.")
        {
            model,
            type,
            rope,
        };
        command.SetAction(words => ModelOptions.Clearly("logits", () =>
        {
            NativeLibraries.Prepare();
            var checkpoint = Checkpoint.Open(StageFolders.Resolve(words.GetRequiredValue(model)).Folder,
                ModelOptions.Rope(words.GetValue(rope)));
            using var loaded = checkpoint.Load(Doctor.ChosenDevice(), ModelOptions.Type(words.GetValue(type)));
            return JsonLinesVerb.Run((row, writer) => Answer(loaded, row, writer));
        }));
        return command;
    }

    private static Command Export()
    {
        var model = ModelOptions.Model();
        var output = new Option<string>("--out")
        {
            Description = "The folder or file that is made; a model that stands there is replaced.",
            Required = true,
        };
        var type = new Option<string>("--dtype")
        {
            Description = "What the weights are written in: f32 or bf16.",
            DefaultValueFactory = _ => "bf16",
        };
        type.AcceptOnlyFromAmong("f32", "bf16");
        var shard = new Option<double>("--shard")
        {
            Description = "Gigabytes of one file of weights at the most.",
            DefaultValueFactory = _ => ModelExport.ShardBytes / 1e9,
        };
        var format = new Option<string>("--format")
        {
            Description = "hf: a folder in the layout of the released checkpoints. gguf: one file for llama.cpp and "
                + "what is built on it.",
            DefaultValueFactory = _ => "hf",
        };
        format.AcceptOnlyFromAmong("hf", "gguf");
        var matrices = new Option<string>("--type")
        {
            Description = "What the matrices of a gguf file are written in: f32, f16 or q8_0.",
            DefaultValueFactory = _ => "f16",
        };
        matrices.AcceptOnlyFromAmong("f32", "f16", "q8_0");
        var command = new Command("export", "Writes a model, such as a stage's, in the layout of the released "
            + "checkpoints or as a GGUF file, and reads it again to show that it is the same.")
        {
            model,
            output,
            type,
            shard,
            format,
            matrices,
        };
        command.SetAction(words => ModelOptions.Clearly("export", () =>
        {
            NativeLibraries.Prepare();
            var (from, to) = (StageFolders.Resolve(words.GetRequiredValue(model)).Folder,
                words.GetRequiredValue(output));
            if (words.GetRequiredValue(format) == "gguf")
            {
                if (words.GetResult(type) is { Implicit: false })
                {
                    throw new ArgumentException("--dtype is for the layout of the released checkpoints; the matrices "
                        + "of a GGUF file are written in what --type says: f32, f16 or q8_0.");
                }

                return Gguf(from, to, words.GetRequiredValue(matrices));
            }

            var dtype = ModelOptions.Type(words.GetRequiredValue(type))!.Value;
            var report = ModelExport.Copy(from, to, dtype, (long)(words.GetRequiredValue(shard) * 1e9));
            Console.WriteLine($"{to}: {report.Bytes / 1e9:F2} GB in {report.Files} "
                + $"file{(report.Files > 1 ? "s" : "")}; read again, its logits differ by {report.LogitDistance:G2} "
                + "of their length.");
            if (!report.HasTokenizer)
            {
                Console.Error.WriteLine($"phi4r export: {from} has no tokenizer files, and its vocabulary is "
                    + $"neither that of Phi-4-mini nor the pocket's: none were written to {to}.");
            }

            return 0;
        }));
        return command;
    }

    private static int Gguf(string from, string to, string type)
    {
        var report = GgufExport.Copy(from, to, type switch
        {
            "f32" => GgufType.F32,
            "f16" => GgufType.F16,
            _ => GgufType.Q8,
        });
        Console.WriteLine($"{to}: {report.Bytes / 1e9:F2} GB in {report.Tensors} tensors of {type}; read again, its "
            + $"weights differ by {report.WeightDistance:G2} of their length. Its vocabulary is {report.Vocabulary}.");
        if (report.InHalfPrecision > 0)
        {
            Console.Error.WriteLine($"phi4r export: {report.InHalfPrecision} matrices are f16: their rows are no "
                + "whole blocks of 32.");
        }

        if (report.StopIdsLeftOut.Count > 0)
        {
            Console.Error.WriteLine($"phi4r export: the file has no entry for the ids "
                + $"{string.Join(", ", report.StopIdsLeftOut)}, which end an answer here: other programs will go on "
                + "behind them.");
        }

        return 0;
    }

    /// <summary>Writes the logits that one row asks for.</summary>
    internal static void Answer(LanguageModel model, JsonObject row, Utf8JsonWriter writer)
    {
        var ids = row.WithOnly("ids").RequiredIds("ids");
        ForwardPass.Check(model.Config, ids);
        writer.WriteStartObject();
        writer.WriteStartArray("logits");
        foreach (var (place, scores) in ForwardPass.Logits(model, ids).Index())
        {
            writer.WriteStartArray();
            foreach (var score in scores)
            {
                if (!float.IsFinite(score))
                {
                    throw NotFiniteException.AfterTokens(place + 1);
                }

                writer.WriteNumberValue(score);
            }

            writer.WriteEndArray();
            writer.Flush(); // A long row of a large vocabulary has more text than memory can hold.
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
