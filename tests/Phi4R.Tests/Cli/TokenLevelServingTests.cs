using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Phi4R.Cli;
using Phi4R.Runs;

namespace Phi4R.Tests.Cli;

/// <summary>Token ids in, token ids out: a server in another process gives what generate gives in this one.</summary>
public sealed partial class TokenLevelServingTests
{
    private static readonly int[][] Prompts = [[1, 9], [1, 9, 26, 10], [1, 40, 41, 42, 10, 26], [1, 9]];

    // Equal to the bit: ids, and the log-probabilities of the plain distribution and of the one sampled from.
    [Fact]
    public async Task Equal_seed_and_ids_give_over_HTTP_exactly_what_generate_gives_in_process()
    {
        var folder = OpenAiServerTests.StageFolder();
        using var served = ServedModel.Load(folder);
        using var engine = served.Start();
        var program = Path.Combine(AppContext.BaseDirectory, "phi4r.dll");
        string[] words = [program, "serve", "--model", folder, "--port", "0"];
        using var server = Process.Start(new ProcessStartInfo("dotnet", words)
        {
            RedirectStandardError = true,
            Environment = { [ServerAccess.KeyVariable] = "of-the-test" },
        })!;
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
            var said = await server.StandardError.ReadLineAsync(patience.Token) ?? "";
            using var http = new HttpClient { BaseAddress = new Uri(Url().Match(said).Value) };
            http.DefaultRequestHeaders.Add("Authorization", "Bearer of-the-test");

            var asked = new JsonObject
            {
                ["prompt"] = JsonSerializer.SerializeToNode(Prompts),
                ["n"] = 3,
                ["seed"] = 11,
                ["max_tokens"] = 40,
                ["temperature"] = 0.8,
                ["top_p"] = 0.9,
                ["logprobs"] = 0,
                ["return_token_ids"] = true,
            };
            using var content = new StringContent(asked.ToJsonString(), Encoding.UTF8, "application/json");
            using var response = await http.PostAsync("/v1/completions", content, patience.Token);
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(patience.Token))!;
            var choices = answer["choices"]!.AsArray();
            Assert.Equal(12, choices.Count);
            foreach (var (p, prompt) in Prompts.Index())
            {
                var row = asked.DeepClone().AsObject();
                row["ids"] = JsonSerializer.SerializeToNode(prompt);
                row["max_new_tokens"] = 40;
                foreach (var name in new[] { "prompt", "max_tokens", "logprobs", "return_token_ids" })
                {
                    row.Remove(name);
                }

                row = JsonNode.Parse(row.ToJsonString())!.AsObject();
                var samples = (await GenerateVerbs.Answer(served, engine, row))["samples"]!.AsArray();
                foreach (var (i, sample) in samples.Index())
                {
                    var choice = choices[(p * 3) + i]!;
                    Assert.Equal($"[{string.Join(',', prompt)}]", choice["prompt_token_ids"]!.ToJsonString());
                    Assert.Equal(sample!["ids"]!.ToJsonString(), choice["token_ids"]!.ToJsonString());
                    var logprobs = choice["logprobs"]!;
                    Assert.Equal(sample["logprobs"]!.ToJsonString(), logprobs["token_logprobs"]!.ToJsonString());
                    var sampled = sample["sampling_logprobs"]!.ToJsonString();
                    Assert.Equal(sampled, logprobs["sampling_logprobs"]!.ToJsonString());
                    Assert.NotEqual(sample["logprobs"]!.ToJsonString(), sampled);
                    Assert.Equal((string)sample["finish_reason"]!, (string)choice["finish_reason"]!);
                }
            }

            // The first and the last prompt are the same, and so are their answers.
            Assert.Equal(9, choices.Select(choice => choice!["token_ids"]!.ToJsonString()).Distinct().Count());
        }
        finally
        {
            server.Kill();
        }
    }

    [GeneratedRegex(@"http://[\d.:]+")]
    private static partial Regex Url();
}
