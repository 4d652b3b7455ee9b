using System.Globalization;
using System.Runtime.InteropServices;
using Phi4R.Checkpoints;
using Phi4R.Model;
using PocketRecipe = Phi4R.Recipes.Pocket;

namespace Phi4R.Benchmarks;

/// <summary>
/// GB a second of reading a written model, and the memory that takes, beside copying as many bytes in the same run.
/// </summary>
internal static class WeightsSpeed
{
    public static void Run()
    {
        NativeLibraries.Prepare();
        var config = PocketRecipe.Recipe.Model with
        {
            Width = 768,
            Layers = 12,
            QueryHeads = 12,
            KeyValueHeads = 4,
            FeedForwardWidth = 2048,
            VocabularySize = 24_576,
            MaxPositions = 1024,
            ShortFactors = null,
            LongFactors = null,
        };
        var home = Directory.CreateTempSubdirectory("phi4r-weights-");
        try
        {
            Console.WriteLine($"{Environment.ProcessorCount} cores, {config.ParameterCount / 1e6:F1}M weights, files "
                + "in the system's cache; median of several");
            foreach (var (name, type) in new[] { ("f32", ScalarType.Float32), ("bf16", ScalarType.BFloat16) })
            {
                var folder = Path.Combine(home.FullName, name);
                long bytes;
                using (var model = LanguageModel.Create(config, 1, CPU))
                {
                    bytes = ModelExport.Write(model, folder, 0, [0], type).Bytes;
                }

                Measure(name, folder, bytes, type);
            }
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static void Measure(string name, string folder, long bytes, ScalarType type)
    {
        var memory = Memory(folder, bytes, type);
        var reading = Timing.Median(5, () => PretrainedModel.Load(folder, CPU, type).Dispose());
        var copying = Copying((nuint)bytes);
        Console.WriteLine($"  {name,-5} {bytes / 1e9:F2} GB   copying {bytes / copying / 1e9,5:F1} GB/s   reading "
            + $"{bytes / reading / 1e9,5:F1} GB/s, {100 * copying / reading,3:F0} % of it   {memory}");
    }

    // Both sides are written to first: pages that nobody wrote to are all the same one.
    private static unsafe double Copying(nuint bytes)
    {
        var (source, target) = ((nint)NativeMemory.Alloc(bytes), (nint)NativeMemory.Alloc(bytes));
        NativeMemory.Fill((void*)source, bytes, 1);
        NativeMemory.Fill((void*)target, bytes, 2);
        var seconds = Timing.Median(5, () => NativeMemory.Copy((void*)source, (void*)target, bytes));
        NativeMemory.Free((void*)source);
        NativeMemory.Free((void*)target);
        return seconds;
    }

    // The kernel's mark of the highest resident memory is set back to the present, so that it tells of this load alone.
    // Pages of the mapped file count too.
    private static string Memory(string folder, long bytes, ScalarType type)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "peak memory is measured on Linux only";
        }

        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = Status("VmRSS:");
        using var model = PretrainedModel.Load(folder, CPU, type);
        return $"peak while loading {(Status("VmHWM:") - before) / (double)bytes:F2} of the model's size, mapped "
            + "pages of the file included";
    }

    private static long Status(string field) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..]
            .Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
}
