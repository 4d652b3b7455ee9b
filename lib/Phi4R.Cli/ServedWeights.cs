using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Phi4R.Inference.Local;
using Phi4R.Runs;

namespace Phi4R.Cli;

/// <summary>
/// The engine that answers, and how one with other weights takes its place: after all that is asked of the first is
/// answered.
/// </summary>
/// <param name="folder">The folder under which weights may be loaded from; null: none are.</param>
internal sealed class ServedWeights(ServedModel served, Engine first, string? folder = null) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string? _folder = folder is null ? null : Real(folder);
    private Task _ready = Task.CompletedTask;
    private TaskCompletionSource? _left;
    private Engine _engine = first;
    private int _inUse;

    /// <summary>What names the weights; null where nobody said.</summary>
    public string? Version { get; private set; }

    /// <summary>The engine, for the length of one request, which ends with <see cref="Leave"/>.</summary>
    public async Task<Engine> EnterAsync()
    {
        while (true)
        {
            Task ready;
            lock (_gate)
            {
                if (_ready.IsCompleted)
                {
                    _inUse++;
                    return _engine;
                }

                ready = _ready;
            }

            await ready;
        }
    }

    /// <summary>Ends a request.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_inUse == 0)
            {
                _left?.TrySetResult();
            }
        }
    }

    /// <summary>Why weights may not be loaded from a folder; null where they may.</summary>
    public string? Forbidden(string path) => _folder is null
        ? "This server takes no other weights; serve --weights-folder FOLDER allows those under FOLDER."
        : Real(path).StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? null
        : $"{path} does not lie under {_folder}, from where alone this server takes weights.";

    /// <summary>
    /// Loads weights of the same sizes; requests that are under way are answered with the old ones first, later ones
    /// wait.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The files are damaged or of other sizes; the old weights go on serving.
    /// </exception>
    /// <exception cref="InvalidOperationException">Weights are being loaded already.</exception>
    public async Task UpdateAsync(string path, string? version)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously),
            left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_ready.IsCompleted)
            {
                throw new InvalidOperationException("Weights are being loaded already; ask again when they are.");
            }

            (_ready, _left) = (done.Task, left);
            if (_inUse == 0)
            {
                left.SetResult();
            }
        }

        try
        {
            await left.Task;
            var next = served.StartWith(path);
            (var old, _engine, Version) = (_engine, next, version
                ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(path)));
            old.Dispose();
        }
        finally
        {
            done.SetResult();
        }
    }

    /// <summary>
    /// The model as /v1/models lists it: the fields of OpenAI, the longest context as vLLM has it, and what a generator
    /// must know.
    /// </summary>
    public JsonObject Card() => new()
    {
        ["id"] = served.Name,
        ["object"] = "model",
        ["created"] = 0,
        ["owned_by"] = "phi4r",
        ["max_model_len"] = served.Config.MaxPositions,
        ["vocab_size"] = served.Config.VocabularySize,
        ["weights_version"] = Version,
        ["exact"] = served.IsExact,
    };

    /// <summary>Does what a request to /update_weights_from_disk asks for, in SGLang's words.</summary>
    /// <returns>The status, and what is wrong, or null.</returns>
    public async Task<(int Status, string? Problem)> UpdateAsync(HttpRequest request)
    {
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            var body = await JsonNode.ParseAsync(request.Body, documentOptions: options,
                cancellationToken: request.HttpContext.RequestAborted);
            var row = (body as JsonObject ?? throw new InvalidDataException("The body is not a JSON object.")).WithOnly(
                "model_path", "weight_version");
            var path = row.RequiredText("model_path");
            if (Forbidden(path) is { } forbidden)
            {
                return (403, forbidden);
            }

            await UpdateAsync(path, row.OptionalText("weight_version"));
            return (200, null);
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException or InvalidDataException
            or InvalidOperationException or IOException)
        {
            return (400, problem.Message);
        }
    }

    public void Dispose() => _engine.Dispose();

    // Links are followed, so that none leads out of the folder.
    private static string Real(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        var place = Path.Combine(Real(parent), Path.GetFileName(full));
        return new DirectoryInfo(place).ResolveLinkTarget(returnFinalTarget: true) is { } target
            ? Real(target.FullName)
            : place;
    }
}
