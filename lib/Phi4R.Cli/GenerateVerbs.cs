using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Native;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>Having a model on disk go on from prompts.</summary>
internal static class GenerateVerbs
{
    private const int DefaultTokens = 1024;
    private const int MaxAnswers = 4096;

    public static IEnumerable<Command> All() => [Generate()];

    private static Command Generate()
    {
        var model = ModelOptions.Model();
        var dtype = ModelOptions.Type();
        var rope = ModelOptions.Rope();
        Command command = new("generate", "Answers to each line {ids | messages | prompt, n, max_new_tokens, "
            + "temperature, top_p, top_k, seed, stop_ids}.")
        {
            model,
            dtype,
            rope,
        };
        command.SetAction(words => ModelOptions.Clearly("generate", () =>
        {
            NativeLibraries.Prepare();
            using var served = ServedModel.Load(words.GetRequiredValue(model), ModelOptions.Type(words.GetValue(dtype)),
                ModelOptions.Rope(words.GetValue(rope)));
            using var engine = served.Start();
            using var input = JsonLinesVerb.Input();
            using var output = StandardOutput.Open();
            return JsonLinesVerb.RunTogether(input, output, row => Answer(served, engine, row));
        }));
        return command;
    }

    /// <summary>Begins with the answers to one row.</summary>
    /// <exception cref="ArgumentException">The row asks for what the model cannot do.</exception>
    /// <exception cref="InvalidDataException">A field is missing or of another kind.</exception>
    internal static Task<JsonObject> Answer(ServedModel served, Engine engine, JsonObject row)
    {
        row.WithOnly(
            "ids", "messages", "prompt", "n", "max_new_tokens", "temperature", "top_p", "top_k", "seed", "stop_ids");
        var given = new[] { "ids", "messages", "prompt" }.Where(name => row[name] is not null).ToList();
        if (given.Count != 1)
        {
            throw new InvalidDataException("A row has one of \"ids\", \"messages\" and \"prompt\"; this one has "
                + $"{(given.Count == 0 ? "none" : string.Join(" and ", given))}.");
        }

        var prompt = given[0] switch
        {
            "ids" => row.RequiredIds("ids"),
            "prompt" => served.Encode(row.RequiredText("prompt")),
            _ => served.Encode(row.Messages("messages")),
        };
        var room = Math.Max(1, served.Config.MaxPositions - prompt.Length);
        var answers = Within("n", row.WholeNumber("n", 1), 1, MaxAnswers);
        var config = new SamplingConfig
        {
            MaxTokens = (int)Math.Min(room,
                Within("max_new_tokens", row.WholeNumber("max_new_tokens", DefaultTokens), 1, int.MaxValue)),
            Temperature = row.Number("temperature", 1),
            TopP = row.Number("top_p", 1),
            TopK = Math.Max(0, (int)Within("top_k", row.WholeNumber("top_k", 0), -1, int.MaxValue)),
        };
        var seed = row.WholeNumber("seed", 0);
        var stopIds = row["stop_ids"] is null ? served.StopIds : row.RequiredIds("stop_ids");
        return Draw();

        async Task<JsonObject> Draw()
        {
            var samples = await engine.Draw(
                new SampleRequest(prompt,
                    [.. Enumerable.Range(0, (int)answers).Select(i => Randomness.For(seed, "answers", i))]),
                        config, stopIds);
            return new JsonObject
            {
                ["samples"] = new JsonArray([.. samples.Select(sample => Written(served, sample, stopIds))]),
            };
        }
    }

    // The log-probabilities are the plain ones, as servers of this kind give them; those of the distribution that was
    // sampled from stand beside them.
    private static JsonObject Written(ServedModel served, Completion completion, IReadOnlyList<int> stopIds) => new()
    {
        ["ids"] = JsonSerializer.SerializeToNode(completion.TokenIds),
        ["text"] = served.Tokenizer?.Decode(completion.TokenIds is [.. var before, var last] && stopIds.Contains(last)
            ? before
            : completion.TokenIds),
        ["logprobs"] = JsonSerializer.SerializeToNode(completion.PlainLogProbs),
        ["sampling_logprobs"] = JsonSerializer.SerializeToNode(completion.LogProbs),
        ["finish_reason"] = completion.IsTruncated ? "length" : "stop",
    };

    private static long Within(string name, long value, long least, long most) =>
        value >= least && value <= most
            ? value
            : throw new InvalidDataException($"\"{name}\" is {value}; it must be {least} to {most}.");
}
