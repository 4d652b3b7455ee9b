using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>Preference pairs that a person has: rows of "prompt", "chosen" and "rejected", each a text.</summary>
internal static class OwnPairs
{
    /// <summary>Reads the pairs of a file; what is of no use is left out, with a line in the ledger.</summary>
    /// <param name="benchmarks">What no question may be.</param>
    /// <param name="maxTokens">Of a prompt and one of its sides together.</param>
    /// <exception cref="InvalidDataException">No row of the file is a pair; the message says why.</exception>
    public static (IReadOnlyList<PreferencePair> Pairs, PairingReport Report) Read(
        string file, ChatFormat chat, BenchmarkWords benchmarks, int maxTokens, Ledger ledger)
    {
        List<PreferencePair> pairs = [];
        Dictionary<string, (long Count, int First)> left = new(StringComparer.Ordinal);
        var prompts = 0;
        foreach (var (number, row) in RecordFile.Read(file))
        {
            prompts++;
            var (pair, why) = Pair(row, number, chat, benchmarks, maxTokens);
            if (pair is not null)
            {
                pairs.Add(pair);
                continue;
            }

            var (count, first) = left.GetValueOrDefault(why, (0, number));
            left[why] = (count + 1, first);
        }

        foreach (var (why, (count, first)) in left)
        {
            ledger.Add("pairs", count, $"{why} (first: record {first} of {Path.GetFileName(file)})");
        }

        return pairs.Count > 0
            ? (pairs, new PairingReport
            {
                Prompts = prompts,
                AllRight = 0,
                AllWrong = 0,
                TooEasy = 0,
                NoneOfLikeLength = 0,
                Paired = pairs.Count,
                Pairs = pairs.Count,
                TruncatedAnswers = 0,
            })
            : throw new InvalidDataException($"{file} holds no pair that can be used: "
                + $"{string.Join("; ", left.Select(reason => $"{reason.Value.Count:N0} {reason.Key}"))}. Expected was "
                + "a row of \"prompt\", \"chosen\" and \"rejected\", each a text.");
    }

    private static (PreferencePair? Pair, string Why) Pair(
        JsonObject row, int number, ChatFormat chat, BenchmarkWords benchmarks, int maxTokens)
    {
        string?[] texts = [.. new[] { "prompt", "chosen", "rejected" }.Select(name => row[name] is JsonValue value
            && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null)];
        if (texts is not [{ } prompt, { } chosen, { } rejected])
        {
            return (null, "without a text \"prompt\", \"chosen\" or \"rejected\"");
        }

        if (chosen == rejected)
        {
            return (null, "both sides are the same text");
        }

        if (benchmarks.Shared(prompt) is not null)
        {
            return (null, "the question stands in a benchmark");
        }

        try
        {
            var pair = new PreferencePair(
                $"record {number}", chat.Prompt(prompt), chat.Completion(chosen), chat.Completion(rejected));
            return pair.Prompt.Length + Math.Max(pair.Chosen.Length, pair.Rejected.Length) <= maxTokens
                ? (pair, "")
                : (null, $"longer than {maxTokens} tokens (PreferenceData.MaxTokens)");
        }
        catch (ArgumentException)
        {
            return (null, "with signs that the tokenizer has no token for");
        }
    }
}
