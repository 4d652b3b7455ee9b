using System.ClientModel;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Evaluation;
using Phi4R.Inference;

namespace Phi4R.Samples;

/// <summary>Measures a model behind an OpenAI-compatible endpoint on problems of a file.</summary>
internal static class EvaluateEndpoint
{
    /// <param name="address">Such as http://127.0.0.1:8000/v1, which "phi4r serve" and many others have.</param>
    /// <param name="file">A line is {"question": "6 · 7?", "answer": "42"}; or data/benchmarks/math500.jsonl.</param>
    public static void Run(string address, string model, string file, string key = "none")
    {
        var endpoint = new OpenAIClientOptions { Endpoint = new(address), NetworkTimeout = TimeSpan.FromMinutes(30) };
        using var client = new ChatClient(model, new ApiKeyCredential(key), endpoint).AsIChatClient();
        var problems = ProblemData.Read(file).Set;
        var sampling = new SamplingConfig { Temperature = 0.6, TopP = 0.95, MaxTokens = 4096 };
        var config = new EvaluationConfig { AnswersPerProblem = 4, Sampling = sampling, Seed = 1 };
        var asked = new ChatSamplingOptions
        {
            Instructions = "Please reason step by step, and put your final answer within \\boxed{}.",
            Log = Console.Error.WriteLine,
        };
        var answers = Evaluate.Draw(client, problems, config, asked);
        var (result, _) = Evaluate.Judge(problems, answers, Verifiers.FinalAnswer);
        var score = result.Accuracy;
        Console.WriteLine($"pass@1 on {score.Count} problems of {result.Benchmark}: {100 * score.Mean:F1} % "
            + $"[{100 * score.Low:F1}, {100 * score.High:F1}], {100 * result.TruncatedShare:F1} % truncated, "
            + $"{answers.Count(answer => answer.Finish == FinishReason.Failed)} of {answers.Count} answers failed");
    }
}
