using System.Text.Json.Nodes;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>Answers to what front ends ask without running a cell.</summary>
internal sealed class KernelQuestions(NotebookSession session)
{
    private readonly CellLanguage _language = new(session.Submissions);
    private readonly List<(int Count, string Code, string? Result)> _history = [];

    public static bool Knows(string type) =>
        type is "complete_request" or "inspect_request" or "is_complete_request" or "history_request"
            or "comm_info_request";

    public static JsonObject KernelInfo() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = WireMessage.ProtocolVersion,
        ["implementation"] = "phi4r",
        ["implementation_version"] = typeof(KernelQuestions).Assembly.GetName().Version?.ToString(3),
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
        },
        ["banner"] = "C# (Phi4R)",
        ["debugger"] = false,
        ["help_links"] = new JsonArray(),
    };

    public void Remember(int count, string code, string? result)
    {
        lock (_history)
        {
            _history.Add((count, code, result));
        }
    }

    /// <summary>Loads what the first answers need.</summary>
    /// <returns>Whether that is done, or cannot be, which the first question will tell.</returns>
    public bool Prepare(CancellationToken cancel)
    {
        try
        {
            _language.PrepareAsync(cancel).GetAwaiter().GetResult();
            return true;
        }
        catch (Exception)
        {
            return !cancel.IsCancellationRequested;
        }
    }

    /// <param name="cancel">Cancelled when nobody waits for the answer any more: it is an empty one then.</param>
    public JsonObject Answer(WireMessage request, CancellationToken cancel) => request.Type switch
    {
        "complete_request" => Complete(request.Content, cancel),
        "inspect_request" => Inspect(request.Content, cancel),
        "is_complete_request" => IsComplete((string?)request.Content["code"] ?? ""),
        "history_request" => History(request.Content),
        _ => new JsonObject { ["status"] = "ok", ["comms"] = new JsonObject() },
    };

    private JsonObject Complete(JsonObject question, CancellationToken cancel)
    {
        var code = (string?)question["code"] ?? "";
        var cursor = Utf16(code, (int?)question["cursor_pos"] ?? int.MaxValue);
        var found = Ask(_language.CompleteAsync, code, cursor, cancel) ?? new Completions([], cursor);
        var (start, end) = (CodePoints(code, found.Start), CodePoints(code, cursor));
        return new JsonObject
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Words.Select(word => JsonValue.Create(word.Text))]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject
            {
                ["_jupyter_types_experimental"] = new JsonArray(
                    [.. found.Words.Select(word => new JsonObject
                    {
                        ["text"] = word.Text,
                        ["type"] = word.Kind,
                        ["start"] = start,
                        ["end"] = end,
                    })]),
            },
        };
    }

    private JsonObject Inspect(JsonObject question, CancellationToken cancel)
    {
        var code = (string?)question["code"] ?? "";
        var cursor = Utf16(code, (int?)question["cursor_pos"] ?? int.MaxValue);
        var text = Ask(_language.DescribeAsync, code, cursor, cancel);
        return new JsonObject
        {
            ["status"] = "ok",
            ["found"] = text is not null,
            ["data"] = text is null ? [] : new JsonObject { ["text/plain"] = text },
            ["metadata"] = new JsonObject(),
        };
    }

    private static T? Ask<T>(
        Func<string, int, CancellationToken, Task<T>> about, string code, int cursor, CancellationToken cancel)
        where T : class?
    {
        try
        {
            cancel.ThrowIfCancellationRequested();
            return about(code, cursor, cancel).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static JsonObject IsComplete(string code) => CellLanguage.IsComplete(code) switch
    {
        true => new JsonObject { ["status"] = "complete" },
        false => new JsonObject { ["status"] = "incomplete", ["indent"] = "    " },
        null => new JsonObject { ["status"] = "invalid" },
    };

    private JsonObject History(JsonObject question)
    {
        lock (_history)
        {
            var wanted = _history.AsEnumerable();
            switch ((string?)question["hist_access_type"])
            {
                case "search":
                    var pattern = (string?)question["pattern"] ?? "*";
                    wanted = wanted.Where(
                        line =>
                            System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, line.Code,
                                ignoreCase: false));
                    wanted = (bool?)question["unique"] ?? false
                        ? wanted.Reverse().DistinctBy(line => line.Code).Reverse()
                        : wanted;
                    break;
                case "range": // of this session: it is the only one that is kept
                    var (start, stop) = ((int?)question["start"] ?? 0, (int?)question["stop"] ?? int.MaxValue);
                    wanted = wanted.Where(line => line.Count >= start && line.Count < stop);
                    break;
            }

            var withResults = (bool?)question["output"] ?? false;
            return new JsonObject
            {
                ["status"] = "ok",
                ["history"] = new JsonArray([.. wanted.TakeLast((int?)question["n"] ?? int.MaxValue)
                    .Select(
                        line =>
                            new JsonArray(0, line.Count, withResults
                                ? new JsonArray(line.Code, line.Result)
                                : line.Code))]),
            };
        }
    }

    /// <summary>Jupyter counts in code points, .NET in UTF-16 units.</summary>
    private static int Utf16(string code, int codePoints)
    {
        var at = 0;
        for (var i = 0; i < codePoints && at < code.Length; i++)
        {
            at += char.IsSurrogatePair(code, at) ? 2 : 1;
        }

        return at;
    }

    private static int CodePoints(string code, int utf16) => code[..utf16].EnumerateRunes().Count();
}
