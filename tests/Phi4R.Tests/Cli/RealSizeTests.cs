using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Phi4R.Recipes;
using Phi4R.Tests.House;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Cli;

/// <summary>Phi-4-mini's sizes, 7.67 GB in 16 bits, from files that are mostly holes.</summary>
public sealed class RealSizeTests
{
    private const string Needed = "16 GB of free memory";
    private const string Memory = "awk '/MemAvailable/ { exit $2 < 16000000 }' /proc/meminfo";
    private const long MostBytes = 8_400_000_000;
    private static readonly string Phi4r = Path.Combine(AppContext.BaseDirectory, "phi4r.dll");

    // Ids whose rows are not zero. Without --dtype each takes the weights as they are stored, and once.
    [FactWhere(Needed, Memory)]
    public async Task Logits_generate_and_serve_hold_the_real_models_weights_once_and_answer()
    {
        var folder = Project.Scratch();
        SparseCheckpoint.Write(folder, Paper.Recipe.Model);
        try
        {
            using var logits = new MeasuredCommand("dotnet", Phi4r, "logits", "--model", folder);
            var scored = logits.Finish("{\"ids\":[5,16,27]}\n");
            Assert.Equal((0, ""), (scored.Code, scored.Errors));
            var rows = JsonNode.Parse(scored.Output)!["logits"]!.AsArray();
            Assert.Equal((3, 200_064), (rows.Count, rows[2]!.AsArray().Count));
            Assert.True(rows[2]!.AsArray().Select(score => (float)score!).Distinct().Count() > 100);
            Assert.InRange(scored.PeakBytes, 7_671_000_000, MostBytes);

            using var generate = new MeasuredCommand("dotnet", Phi4r, "generate", "--model", folder);
            var drawn = generate.Finish("{\"ids\":[5,16,27],\"max_new_tokens\":3,\"stop_ids\":[]}\n");
            Assert.Equal((0, ""), (drawn.Code, drawn.Errors));
            Assert.Equal(3, JsonNode.Parse(drawn.Output)!["samples"]![0]!["ids"]!.AsArray().Count);
            Assert.InRange(drawn.PeakBytes, 7_671_000_000, MostBytes);

            using var serve = new MeasuredCommand("dotnet", Phi4r, "serve", "--model", folder, "--port", "0");
            var said = (await serve.Errors.ReadLineAsync())!;
            using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
            using var answer = await http.PostAsJsonAsync(
                $"{said[said.IndexOf("http", StringComparison.Ordinal)..]}/completions", new
                {
                    prompt = new[] { 5, 16, 27 },
                    max_tokens = 3,
                });
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            Assert.InRange(serve.Stop(), 7_671_000_000, MostBytes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
