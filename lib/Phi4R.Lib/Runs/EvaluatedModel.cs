using Microsoft.Extensions.AI;
using Phi4R.Evaluation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Inference.Remote;
using Turn = Phi4R.Text.ChatMessage;

namespace Phi4R.Runs;

/// <summary>A model that stands in a row of a table, and where it answers.</summary>
/// <param name="Row">The row's name.</param>
/// <param name="Model">The model's name at the server; the folder's name, or owner/name, in this process.</param>
/// <param name="Address">Of a server that speaks as OpenAI's; null for the engine of this process.</param>
public sealed record EvaluatedModel(string Row, string Model, Uri? Address)
{
    private const char Between = ';';

    /// <summary>Reads a list such as "Phi-4-Mini=models/base; o1-mini=o1-mini@https://host/v1".</summary>
    /// <param name="text">
    /// ROW=FOLDER, ROW=MODEL@ADDRESS, or ROW=ADDRESS where the server knows the model by the row's name, with
    /// semicolons between; empty for none.
    /// </param>
    /// <exception cref="ArgumentException">A part is none of these; the message says which.</exception>
    public static IReadOnlyList<EvaluatedModel> Parse(string text) => [.. Parts(text).Select(part =>
    {
        var at = part.Place.IndexOf("@http", StringComparison.Ordinal);
        var (model, address) = at >= 0 ? (part.Place[..at], part.Place[(at + 1)..])
            : part.Place.StartsWith("http", StringComparison.Ordinal)
                && part.Place.Contains("://", StringComparison.Ordinal)
                ? (part.Row, part.Place)
                : (part.Place, null);
        return address is null ? new EvaluatedModel(part.Row, model, null)
            : Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? new EvaluatedModel(part.Row, model, uri)
                : throw new ArgumentException($"'{address}' of the row '{part.Row}' is no address; it must be such as "
                    + "http://127.0.0.1:8000.");
    })];

    /// <summary>
    /// Reads a list of evaluations that are there already, such as "Phi-4-Mini=evals/base; rl=evals/rl".
    /// </summary>
    /// <exception cref="ArgumentException">A part is no ROW=FOLDER.</exception>
    /// <exception cref="InvalidDataException">A folder holds no evaluation.</exception>
    public static IReadOnlyList<(string Row, EvaluationFolder Folder)> Kept(string text) =>
        [.. Parts(text).Select(part => (part.Row, EvaluationFolder.Read(part.Place)))];

    /// <summary>Asks the model what is not kept yet, and reads what then is.</summary>
    /// <param name="folder">Keeps the completions of all rows, each in a folder of its own.</param>
    /// <param name="progress">Is called after each completion.</param>
    public async Task<EvaluationFolder> Evaluate(IReadOnlyList<AskedBenchmark> benchmarks, SamplingConfig sampling,
        string folder, IProgress<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        var own = Path.Combine(folder, string.Concat(Row.Select(letter => char.IsLetterOrDigit(letter) ? letter : '-'))
            .Trim('-'));
        using var evaluation = new ModelEvaluation(own, new EvaluationSettings
        {
            Model = Model,
            Form = Address is null ? "local" : "chat",
            Sampling = sampling,
            Seed = 0,
            ShufflesEachSample = false,
            Benchmarks = benchmarks,
            Engine = Address?.GetLeftPart(UriPartial.Path) ?? "this process",
        });
        if (evaluation.Plan is var plan && plan.Kept == plan.Total)
        {
            evaluation.Conclude();
        }
        else if (Address is { } address)
        {
            using var client = new OpenAiChatClient(address, Model);
            await evaluation.RunAsync([client], progress: progress, cancel: cancel).ConfigureAwait(false);
        }
        else
        {
            using var served = ServedModel.Load(Model);
            using var engine = served.Start();
            using var client = served.ChatClient(engine);
            await evaluation.RunAsync([client], room: Room(served, engine), progress: progress, cancel: cancel)
                .ConfigureAwait(false);
        }

        return EvaluationFolder.Read(own);
    }

    private static Func<ChatMessage, int> Room(ServedModel served, Engine engine) =>
        message => engine.MaxTokens - served.Encode([new Turn("user", message.Text)]).Length;

    private static IEnumerable<(string Row, string Place)> Parts(string text)
    {
        foreach (var part in text.Split(
            Between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = part.Split('=', 2, StringSplitOptions.TrimEntries);
            yield return words is [{ Length: > 0 } row, { Length: > 0 } place]
                ? (row, place)
                : throw new ArgumentException($"'{part}' names no row and place; expected was such as "
                    + "Phi-4-Mini=models/base or Phi-4-Mini=name@http://127.0.0.1:8000.");
        }
    }
}
