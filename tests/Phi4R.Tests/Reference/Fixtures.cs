using System.Text.Json;
using Xunit.Abstractions;

namespace Phi4R.Tests.Reference;

/// <summary>Reference results of other programs, which stand beside the project and not in it.</summary>
internal static class Fixtures
{
    /// <summary>A file or folder of ../shared/fixtures, or null with the reason written to the test's output.</summary>
    public static string? Find(string path, ITestOutputHelper output)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Phi4R.Lib.sln")))
            {
                var found = Path.Combine(folder.FullName, "..", "shared", "fixtures", path);
                if (Path.Exists(found))
                {
                    return found;
                }
            }
        }

        output.WriteLine($"Nothing was compared: ../shared/fixtures/{path} is not beside the project.");
        return null;
    }

    public static JsonElement Json(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.Clone();
    }

    public static int[] Ids(this JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>A nested list of numbers as a tensor of 64-bit floats.</summary>
    public static Tensor Doubles(this JsonElement nested)
    {
        List<long> shape = [];
        for (var level = nested; level.ValueKind == JsonValueKind.Array; level = level[0])
        {
            shape.Add(level.GetArrayLength());
        }

        List<double> values = [];
        Add(nested);
        return tensor(values.ToArray()).view([.. shape]);

        void Add(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var child in element.EnumerateArray())
                {
                    Add(child);
                }
            }
            else
            {
                values.Add(element.GetDouble());
            }
        }
    }
}
