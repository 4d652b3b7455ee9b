using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Problems on disk, one JSON record a line.</summary>
public static class ProblemFile
{
    /// <summary>Reads problems in order, one in memory at a time.</summary>
    /// <exception cref="InvalidDataException">
    /// A line is no problem, or repeats an id; the message names the file, the place and what is wrong.
    /// </exception>
    public static IEnumerable<Problem> Read(string path) => Unique(JsonLines.Read<Problem>(path), path);

    /// <summary>Writes problems in order; the file is there as a whole or not at all.</summary>
    /// <exception cref="InvalidDataException">
    /// A problem repeats an id; the message names it, and nothing is written.
    /// </exception>
    public static void Write(string path, IEnumerable<Problem> problems) =>
        JsonLines.Write(path, Unique(problems, path));

    private static IEnumerable<Problem> Unique(IEnumerable<Problem> problems, string path)
    {
        HashSet<string> seen = [];
        foreach (var problem in problems)
        {
            yield return seen.Add(problem.Id)
                ? problem
                : throw new InvalidDataException($"{path}, record {seen.Count + 1}: id {problem.Id} was there "
                    + "before; ids are unique within a file. Deduplicate first.");
        }
    }
}
