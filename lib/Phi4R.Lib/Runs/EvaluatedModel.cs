using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Remote;

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
    public static IReadOnlyList<EvaluatedModel> Parse(string text) =>
        [.. Parts(text).Select(part => Of(part.Row, part.Place, null))];

    /// <summary>
    /// Reads models that have no row yet, such as "a; b" or "models/base; rl@http://127.0.0.1:8000"; each is a row of
    /// its own name.
    /// </summary>
    /// <param name="models">
    /// FOLDER, owner/name or MODEL@ADDRESS, with semicolons between; with an endpoint the models' names there. Null for
    /// the one model that the endpoint has.
    /// </param>
    /// <param name="endpoint">The server of those that name none; null for this process.</param>
    /// <returns>None where neither is given.</returns>
    /// <exception cref="ArgumentException">
    /// A word is no address, or the endpoint has several models; the message says which.
    /// </exception>
    /// <exception cref="ChatServerException">No model is named, and the endpoint does not say what it has.</exception>
    public static async Task<IReadOnlyList<EvaluatedModel>> NamedAsync(
        string? models, string? endpoint, OpenAiOptions? options = null, CancellationToken cancel = default)
    {
        var server = string.IsNullOrWhiteSpace(endpoint) ? null : AddressOf(endpoint, $"'{endpoint}'");
        if (!string.IsNullOrWhiteSpace(models))
        {
            return [.. models.Split(Between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(place => Of(place, place, server)).Select(one => one with { Row = one.Model })];
        }

        if (server is null)
        {
            return [];
        }

        using var client = new OpenAiChatClient(server, "", options);
        var names = await client.ModelsAsync(cancel).ConfigureAwait(false);
        return names is [var only] ? [new EvaluatedModel(only, only, server)]
            : throw new ArgumentException($"{server} has {names.Count} models "
                + $"({Listing.Few([.. names], ", ")}); name one of them beside it.");
    }

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
    /// <param name="options">How a server is spoken to, with its key; null for chat without one.</param>
    public async Task<EvaluationFolder> Evaluate(IReadOnlyList<AskedBenchmark> benchmarks, SamplingConfig sampling,
        string folder, IProgress<EvaluationProgress>? progress = null, OpenAiOptions? options = null,
        CancellationToken cancel = default)
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
        else
        {
            using var answering = Address is { } address
                ? await AnsweringModel.RemoteAsync([address], Model, options, cancel: cancel).ConfigureAwait(false)
                : AnsweringModel.Local(Model);
            await evaluation.RunAsync(answering.Clients, null, answering.Room, progress, cancel).ConfigureAwait(false);
        }

        return EvaluationFolder.Read(own);
    }

    // A place is a model of this process, MODEL@ADDRESS, or an address where the server knows it by the row's name.
    private static EvaluatedModel Of(string row, string place, Uri? server)
    {
        var at = place.IndexOf("@http", StringComparison.Ordinal);
        var (model, address) = at >= 0 ? (place[..at], place[(at + 1)..])
            : place.StartsWith("http", StringComparison.Ordinal) && place.Contains("://", StringComparison.Ordinal)
                ? (row, place)
                : (place, null);
        return new(row, model, address is null ? server : AddressOf(address, $"'{address}' of the row '{row}'"));
    }

    private static Uri AddressOf(string address, string what) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
            : throw new ArgumentException($"{what} is no address; it must be such as http://127.0.0.1:8000.");

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
