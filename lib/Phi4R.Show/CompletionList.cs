using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Phi4R.Evaluation;

namespace Phi4R.Show;

/// <summary>The completions of a page, which are read from their files again while the page is written.</summary>
internal sealed class CompletionList
{
    // Signs of all texts together that a browser still opens at once.
    private const long MostSigns = 48_000_000;

    // The writer keeps all that it was not asked to hand on.
    private const int MostPending = 1 << 20;

    private static readonly JsonWriterOptions Options = new()
    {
        // Signs that HTML knows stay escaped, so that no text ends the element that it stands in.
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    private readonly IReadOnlyList<(EvaluationFolder Folder, IReadOnlySet<(string, string)>? Only)> _sources;

    // For each source which line holds the last word on a completion.
    private readonly List<Dictionary<(string, string, int), int>> _last = [];

    /// <param name="sources">Each evaluation with the problems that are listed, or null for all.</param>
    /// <param name="mostSigns">Of all texts together; longer ones are shortened in their middle, and counted.</param>
    public CompletionList(IReadOnlyList<(EvaluationFolder Folder, IReadOnlySet<(string, string)>? Only)> sources,
        long mostSigns = MostSigns)
    {
        _sources = sources;
        List<int> lengths = [];
        foreach (var (folder, only) in sources)
        {
            Dictionary<(string, string, int), int> last = [];
            foreach (var (line, completion) in EvaluationFolder.Completions(folder.Path).Index())
            {
                if (only?.Contains((completion.Benchmark, completion.Problem)) != false)
                {
                    last[(completion.Benchmark, completion.Problem, completion.Sample)] = line;
                    lengths.Add(completion.Text.Length);
                }
            }

            _last.Add(last);
        }

        Longest = LongestOf(lengths, mostSigns);
        Shortened = lengths.Count(length => length > Longest);
    }

    /// <summary>How many completions are listed.</summary>
    public int Count => _last.Sum(lines => lines.Count);

    /// <summary>Signs that a text may have before its middle is left out.</summary>
    public int Longest { get; }

    /// <summary>How many texts are longer.</summary>
    public int Shortened { get; }

    /// <summary>The benchmarks' names.</summary>
    public IReadOnlyList<string> Benchmarks => [.. _last.SelectMany(lines => lines.Keys.Select(key => key.Item1))
        .Distinct(StringComparer.Ordinal)];

    /// <summary>The models' names.</summary>
    public IReadOnlyList<string> Models => [.. _sources.Select(source => source.Folder.Model)];

    /// <summary>Writes all completions and the problems that they answer as one JSON document.</summary>
    public void WriteJson(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteStartArray("rows");
        foreach (var ((folder, _), lines) in _sources.Zip(_last))
        {
            foreach (var (line, completion) in EvaluationFolder.Completions(folder.Path).Index())
            {
                var key = (completion.Benchmark, completion.Problem, completion.Sample);
                if (lines.TryGetValue(key, out var last) && last == line)
                {
                    Write(json, folder.Model, completion);
                    if (json.BytesPending > MostPending)
                    {
                        json.Flush();
                    }
                }
            }
        }

        json.WriteEndArray();
        json.WriteStartObject("problems");
        foreach (var problem in _sources.SelectMany(source => source.Folder.Asked.Values)
            .DistinctBy(problem => (problem.Benchmark, problem.Id)))
        {
            json.WriteStartObject($"{problem.Benchmark}\n{problem.Id}");
            json.WriteString("q", problem.Question);
            json.WriteString("a", problem.Answer);
            if (problem.Choices is { } choices)
            {
                json.WriteString("c", string.Join("\n", choices.Select((text, i) => $"{(char)('A' + i)}. {text}")));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The length to which texts are shortened so that all together have so many signs.</summary>
    internal static int LongestOf(IReadOnlyList<int> lengths, long mostSigns)
    {
        var left = mostSigns;
        foreach (var (rank, length) in lengths.Order().Index())
        {
            var share = left / (lengths.Count - rank);
            if (length > share)
            {
                return (int)share;
            }

            left -= length;
        }

        return int.MaxValue;
    }

    private void Write(Utf8JsonWriter json, string model, EvaluatedCompletion completion)
    {
        json.WriteStartObject();
        json.WriteString("m", model);
        json.WriteString("b", completion.Benchmark);
        json.WriteString("p", completion.Problem);
        json.WriteNumber("s", completion.Sample);
        json.WriteString("v", completion.Verdict);
        json.WriteString("r", completion.Reason);
        json.WriteString("j", completion.JudgedBy ?? "");
        json.WriteString("a", completion.Answer ?? "");
        json.WriteString("f", completion.FinishReason);
        json.WriteNumber("t", completion.Tokens);
        var text = completion.Text;
        if (text.Length > Longest)
        {
            // A reader wants the end, where the answer is, more than the beginning.
            var (head, tail) = (Longest / 4, Longest - (Longest / 4));
            json.WriteNumber("o", text.Length - Longest);
            json.WriteString("x", text[..head]);
            json.WriteString("y", text[^tail..]);
        }
        else
        {
            json.WriteString("x", text);
        }

        json.WriteEndObject();
    }
}
