using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Runs;
using Phi4R.Text;

namespace Phi4R.Samples;

/// <summary>Asks a checkpoint one question and shows the answer while it is written.</summary>
internal static class ChatWithCheckpoint
{
    /// <param name="folder">
    /// A checkpoint in its Hugging Face layout, or the name of a downloaded one (owner/name).
    /// </param>
    public static async Task Run(string folder, string question)
    {
        using var model = ServedModel.Load(folder);
        using var engine = model.Start();
        var prompt = model.Encode([new ChatMessage("user", question)]);
        var sampling = new SamplingConfig
        {
            Temperature = 0.8,
            TopP = 0.95,
            MaxTokens = Math.Min(4096, model.Config.MaxPositions - prompt.Length),
        };
        var text = new TextStream(model.Tokenizer!);
        var request = new SampleRequest(prompt, [Randomness.For(seed: 1, "chat")]);
        var answers = await engine.Draw(request, sampling, model.StopIds, token =>
        {
            Console.Write(TerminalText.Inert(text.Add(token.Token)));
            return true; // false ends the answer
        }).ConfigureAwait(false);
        Console.WriteLine($"{text.End()}\n{answers[0].TokenIds.Length} tokens");
    }
}
