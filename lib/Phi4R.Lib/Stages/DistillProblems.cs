using System.Security.Cryptography;
using System.Text;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Stages;

/// <summary>The problems of a distillation: those that can be asked, and what names them all.</summary>
internal static class DistillProblems
{
    /// <summary>
    /// Leaves out what has no answer: it can be neither verified nor judged, and a box with "proof" in it is not right.
    /// </summary>
    /// <param name="leftOut">Gets the reasons and how many there are of each.</param>
    /// <exception cref="InvalidDataException">An id is there twice, or nothing is left.</exception>
    public static List<Problem> Usable(
        IReadOnlyList<Problem> problems, Dictionary<string, long> leftOut, Action<string>? log)
    {
        List<Problem> usable = [];
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var problem in problems)
        {
            if (!ids.Add(problem.Id))
            {
                throw new InvalidDataException($"The id {problem.Id} is that of two problems; ids are unique within a "
                    + "distillation, whose completions are kept under them.");
            }

            if (problem.Choices is null && References.Fault(problem.Answer) is { } fault)
            {
                var why = $"the reference is no answer: {(fault.Any(char.IsDigit) ? "it is a whole text" : fault)}";
                leftOut[why] = leftOut.GetValueOrDefault(why) + 1;
                log?.Invoke($"{problem.Id} is left out: {why} ('{Listing.Shortened(problem.Answer)}')");
            }
            else
            {
                usable.Add(problem);
            }
        }

        return usable.Count > 0 ? usable : throw new InvalidDataException($"None of {problems.Count} problems can be "
            + $"asked: {string.Join("; ", leftOut.Select(pair => $"{pair.Value}: {pair.Key}"))}.");
    }

    /// <summary>A hash of ids, questions and answers, in their order.</summary>
    public static string Hash(IReadOnlyList<Problem> problems)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var problem in problems)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{problem.Id}\0{problem.Question}\0{problem.Answer}\0"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
