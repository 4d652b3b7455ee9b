using System.Text;
using System.Text.Json;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>
/// The steps of one stage as its file tells them, so that every figure can be sampled again without training, and while
/// the stage still runs.
/// </summary>
/// <param name="Finished">False while it runs, or where it was stopped.</param>
/// <param name="Written">When the last step was, in universal time.</param>
/// <param name="Steps">In order.</param>
public sealed record StageSteps(string Stage, bool Finished, DateTime Written, IReadOnlyList<StageSteps.Step> Steps)
{
    /// <summary>One step of a stage, with the numbers of its report.</summary>
    /// <param name="Number">From 0.</param>
    /// <param name="Count">Of the stage's steps in all.</param>
    /// <param name="Values">
    /// Every number of its report by name, those within another as "update/entropy"; one that is not finite is not
    /// among them.
    /// </param>
    public sealed record Step(int Number, int Count, IReadOnlyDictionary<string, double> Values)
    {
        /// <summary>That it took.</summary>
        public double Seconds =>
            Values.Where(value => value.Key is "seconds" or "sampleSeconds" or "learnSeconds")
                .Sum(value => value.Value);
    }

    /// <summary>
    /// Of every stage of a run that has steps, in the order of their last steps; of several by one name the newest.
    /// </summary>
    /// <param name="run">The run's folder.</param>
    /// <exception cref="InvalidDataException">It is no folder, or a line is no step; the message names it.</exception>
    public static IReadOnlyList<StageSteps> OfRun(string run)
    {
        if (!Directory.Exists(run))
        {
            throw new InvalidDataException($"{run} is not a folder; name the folder of a run.");
        }

        var finished = StageManifest.OfRun(run)
            .Select(stage => Read(stage.Key, Path.Combine(stage.Value.Folder, StageWork.StepsFile), finished: true));
        var under = Directory.GetDirectories(run, "*.part")
            .Select(
                part =>
                    Read(Path.GetFileName(part)[..^".0123456789.part".Length],
                        Path.Combine(part, StageStore.CheckpointsFolder, TrainingCheckpoints.StepsFile),
                        finished: false));
        return [.. finished.Concat(under).Where(stage => stage.Steps.Count > 0).OrderBy(stage => stage.Written)
            .GroupBy(stage => stage.Stage, StringComparer.Ordinal).Select(group => group.Last())];
    }

    /// <summary>The steps of one finished stage.</summary>
    /// <param name="folder">The stage's.</param>
    internal static StageSteps Of(string stage, string folder) =>
        Read(stage, Path.Combine(folder, StageWork.StepsFile), finished: true);

    private static StageSteps Read(string stage, string path, bool finished)
    {
        if (!File.Exists(path))
        {
            return new StageSteps(stage, finished, default, []);
        }

        // The last line may be half written.
        var text = File.ReadAllText(path, Encoding.UTF8);
        return new StageSteps(stage, finished, File.GetLastWriteTimeUtc(path),
            [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)]);

        Step Parse(string line, int number)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                Dictionary<string, double> values = new(StringComparer.Ordinal);
                Flatten(json.RootElement, "", values);
                var (at, count) = ((int)values.GetValueOrDefault("step", number),
                    (int)values.GetValueOrDefault("steps"));
                values.Remove("step");
                values.Remove("steps");
                return new Step(at, count, values);
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                throw new InvalidDataException($"{path}, line {number + 1} is no step: {exception.Message}", exception);
            }
        }
    }

    private static void Flatten(JsonElement json, string prefix, Dictionary<string, double> values)
    {
        foreach (var property in json.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Number)
            {
                values[prefix + property.Name] = property.Value.GetDouble();
            }
            else if (property.Value.ValueKind == JsonValueKind.Object)
            {
                Flatten(property.Value, $"{prefix}{property.Name}/", values);
            }
        }
    }
}
