using System.Text;
using Microsoft.ML.Tokenizers;
using Phi4R.Text;

namespace Phi4R.Benchmarks;

/// <summary>Speed of the tokenizer beside the plain library's, on texts of a megabyte.</summary>
internal static class TokenizerBenchmark
{
    public static void Run()
    {
        var ours = new Phi4MiniTokenizer();
        var plain = TiktokenTokenizer.CreateForEncoding("o200k_base");
        Console.WriteLine("Tokenizer, MB/s of UTF-8 on one thread, median of several; the library's cache is warm");
        foreach (var (name, unit) in Texts())
        {
            var text = string.Concat(Enumerable.Repeat(unit, 1 + (1_000_000 / Encoding.UTF8.GetByteCount(unit))));
            var megabytes = Encoding.UTF8.GetByteCount(text) / 1e6;
            var (first, second) = (ours.Encode(text),
                plain.EncodeToIds(text, considerPreTokenization: true, considerNormalization: false));
            var (own, other) = (megabytes / Timing.Median(7, () => ours.Encode(text)),
                megabytes / Timing.Median(7,
                    () => plain.EncodeToIds(text, considerPreTokenization: true, considerNormalization: false)));
            var decode = megabytes / Timing.Median(7, () => ours.Decode(first));
            var plainDecode = megabytes / Timing.Median(7, () => plain.Decode(first));
            Console.WriteLine($"  {name,-8} encode {own,7:F1}, plain library {other,6:F1}, ratio {own / other,5:F1}; "
                + $"decode {decode,6:F0}, plain library {plainDecode,6:F0}; ids "
                + $"{(first.AsSpan().SequenceEqual([.. second]) ? "equal" : "differ")}");
        }
    }

    // Many different words, so that the library's cache does not answer for all of them.
    private static IEnumerable<(string Name, string Text)> Texts()
    {
        var english = string.Join("\n", Enumerable.Range(1, 2_000).Select(i =>
            $"Problem {i}. Suppose that the {Ordinal(i)} integer of the sequence satisfies the recurrence; what's "
                + $"its remainder modulo {i * 7919 % 1009}? "
            + "Let's think step by step: the characteristic equation has roots that don't depend on the initial "
            + $"values, so we'll compute {i}² + {i + 1}² carefully before answering."));
        yield return ("English", english);
        yield return ("code", string.Join("\n", Enumerable.Range(1, 3_000).Select(i =>
            $"    private static double? ComputeValue{i}(IReadOnlyList<double> xs, int k{i})\n    {{\n        var "
                + $"total_{i} = 0.0;\n        for (var j = 0; j < xs.Count; j++)\n        {{\n"
            + $"            total_{i} += Math.Pow(xs[j], k{i}) / {i}.5e-3; // step {i * 31 % 997}\n        }}\n\n    "
            + $"    return xs.Count == 0 ? null : total_{i};\n    }}\n")));
        const string Sign =
            "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实";
        yield return ("Chinese",
            string.Concat(Enumerable.Range(1, 12_000)
                .Select(i => Sign[(int)(i * 2654435761L % Sign.Length)].ToString()
                    + Sign[(int)(i * 40503L / 7 % Sign.Length)] + (i % 13 == 0 ? "，" : i % 29 == 0 ? "。\n" : ""))));
    }

    private static string Ordinal(int i) => i % 10 == 1 ? $"{i}st" : i % 10 == 2 ? $"{i}nd" : $"{i}th";
}
