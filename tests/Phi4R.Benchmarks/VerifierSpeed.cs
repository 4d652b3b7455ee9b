using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Verification;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Benchmarks;

/// <summary>How fast and how right the verifier is on the public cases, on one core.</summary>
internal static class VerifierSpeed
{
    private static readonly string[] Hostile =
    [
        new('(', 5000), "10^{10^{10^{10}}}", "((10!)!)!", "9^{9^{9}}", "\\sum_{k=1}^{10^9}k", new('9', 100_000),
        "0." + new string('3', 20_000), string.Join(',', Enumerable.Range(0, 3000)),
        "(x+1)^{100000}", "\\sin(10^{40})", "e^{e^{e^{e}}}", "2^{-1000000}",
        "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^{64}", string.Join("\\pm", Enumerable.Range(1, 200)),
        "\\prod_{k=1}^{1000}\\sin k", "\\binom{3000}{1500}!",
        string.Join("+", Enumerable.Range(1, 900).Select(i => $"\\sqrt{{{i}}}")),
    ];

    public static void Run(string folder)
    {
        var cases = Rows(folder, "verifier_cases.jsonl").Concat(Rows(folder, "math500_real_pairs.jsonl")).ToList();
        var pairs = cases.Select(row => (Row: row, Request: new VerificationRequest
        {
            Gold = Text(row, "gold"),
            Pred = Text(row, "pred"),
            IsText = (string?)row["form"] == "text",
            Targets = row["targets"] is JsonArray targets
                ? [.. targets.Select(target => (string)target!)]
                : ["latex", "expr"],
            Config = new VerifierConfig
            {
                Precision = (int?)row["precision"] ?? 6,
                Strict = (bool?)row["strict"] ?? true,
                AllowSetRelation = (bool?)row["allow_set_relation_comp"] ?? false,
            },
        })).ToList();
        foreach (var file in (string[])["verifier_cases.jsonl", "math500_real_pairs.jsonl"])
        {
            var scored = pairs.Where(pair => (bool?)pair.Row["scored"] ?? true)
                .Where(pair => pair.Row["expected"] is not null && IsOf(pair.Row, file))
                .Select(
                    pair =>
                        (Correct: AnswerVerification.Decide(pair.Request).Outcome == Outcome.Correct,
                            Expected: (bool)pair.Row["expected"]!)).ToList();
            Console.WriteLine($"{file,-28} {scored.Count(each => each.Correct == each.Expected)} of {scored.Count} "
                + $"as labelled, {scored.Count(each => each is { Correct: true, Expected: false })} taken "
                + "that are wrong");
        }

        var choice = Extraction(folder, "choice");
        var math = Extraction(folder, "math");
        Console.WriteLine($"{"extraction_public.jsonl",-28} math {math.Right} of {math.Count}, choice {choice.Right} "
            + $"of {choice.Count}");
        List<double> times = [];
        for (var round = 0; round < 5; round++)
        {
            times.Clear();
            foreach (var (_, request) in pairs)
            {
                times.Add(Seconds(() => AnswerVerification.Decide(request)));
            }
        }

        times.Sort();
        Console.WriteLine($"{times.Count} public pairs, one core     {times.Count / times.Sum(),8:N0} pairs/s; "
            + $"median {1000 * times[times.Count / 2]:F3} ms, 99 % {1000 * times[times.Count * 99 / 100]:F2} ms, "
            + $"worst {1000 * times[^1]:F1} ms");
        var worst =
            Hostile.SelectMany(
                text =>
                    (double[])[Seconds(() => Equivalence.Compare("5", text, new VerifierConfig())),
                        Seconds(() => Equivalence.Compare(text, text + "+0", new VerifierConfig()))]).Max();
        Console.WriteLine($"{2 * Hostile.Length} hostile pairs                worst {1000 * worst:F0} ms");
    }

    private static (int Right, int Count) Extraction(string folder, string kind)
    {
        var rows = Rows(folder, "extraction_public.jsonl")
            .Where(row => ((bool?)row["scored"] ?? true) && (string?)row["kind"] == kind).ToList();
        return (rows.Count(row =>
        {
            var response = (string)row["response"]!;
            var found = kind == "choice"
                ? ChoiceExtraction.Extract(response, (string?)row["options"] ?? "ABCD").Answer
                : AnswerExtraction.Extract(response).Answer;
            var expected = (string?)row["expected"];
            return expected is null || found is null
                ? expected == found
                : expected == found
                    || Equivalence.Compare(expected, found, new VerifierConfig()).Outcome == Outcome.Correct;
        }), rows.Count);
    }

    private static double Seconds(Func<object> body)
    {
        var start = Stopwatch.GetTimestamp();
        body();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static bool IsOf(JsonNode row, string file) =>
        ((string)row["id"]!).StartsWith("vr", StringComparison.Ordinal)
            == file.StartsWith("math500", StringComparison.Ordinal);

    private static string Text(JsonNode row, string name) => row[name + "_parts"] is JsonArray parts
        ? string.Concat(parts.Select(part => string.Concat(Enumerable.Repeat((string)part![0]!, (int)part[1]!))))
        : (string?)row[name] ?? "";

    private static IEnumerable<JsonNode> Rows(string folder, string file) =>
        File.ReadLines(Path.Combine(folder, file)).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!);
}
