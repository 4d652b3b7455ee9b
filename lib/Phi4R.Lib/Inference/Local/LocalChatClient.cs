using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Text;
using AnyMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Phi4R.Inference.Local;

/// <summary>
/// A model of this process, text in and text out, for all that is written against <see cref="IChatClient"/>.
/// </summary>
/// <remarks>
/// Equal seeds give the answer that this project's server gives for them. An answer is its whole text, thinking
/// included. What a caller asks for and would change the answer is done or refused, never passed over.
/// </remarks>
/// <param name="engine">Samples the answers; it stays the caller's.</param>
/// <param name="template">How the model was taught to read a conversation.</param>
/// <param name="model">The model's name.</param>
/// <param name="stopIds">Tokens after which an answer is over; null: those of the tokenizer.</param>
public sealed class LocalChatClient(
    Engine engine, ITokenizer tokenizer, ChatTemplate template, string model, IReadOnlyList<int>? stopIds = null)
    : IChatClient
{
    /// <summary>
    /// The name under which an answer's token ids, the stop token included, stand in its additional properties.
    /// </summary>
    public const string TokenIds = "token_ids";

    private readonly ChatClientMetadata _metadata = new("phi4r", defaultModelId: model);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The model cannot do what is asked for, or the conversation leaves no room for an answer.
    /// </exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<AnyMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in GetStreamingResponseAsync(messages, options, cancellationToken)
            .ConfigureAwait(false))
        {
            updates.Add(update);
        }

        var response = updates.ToChatResponse();
        response.AdditionalProperties = updates[^1].AdditionalProperties;
        return response;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The model cannot do what is asked for, or the conversation leaves no room for an answer.
    /// </exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<AnyMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatRequest.Check(options, model);
        var prompt = template.Encode(tokenizer, ChatRequest.Turns(messages, options), addGenerationPrompt: true);
        var sampling = ChatRequest.Sampling(options, engine.MaxTokens - prompt.Length);
        var seed = options?.Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var request = new SampleRequest(prompt, [Randomness.For(seed, "answers", 0)]);
        return Pieces(request, sampling, [.. options?.StopSequences ?? []], cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <summary>Nothing is to be done: the engine stays the caller's.</summary>
    public void Dispose()
    {
    }

    private async IAsyncEnumerable<ChatResponseUpdate> Pieces(
        SampleRequest request, SamplingConfig sampling, string[] stopSequences,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        // Whoever stops reading ends the answer too.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var pieces = Channel.CreateUnbounded<string>();
        var (text, stops) = (new TextStream(tokenizer), new StopSequences(stopSequences));
        var id = Guid.NewGuid().ToString("n");
        var drawn = engine.Draw(request, sampling, stopIds ?? tokenizer.StopIds, Tell, cancel: stop.Token);
        _ = drawn.ContinueWith(_ => pieces.Writer.TryComplete(), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (var piece in pieces.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                yield return Update(new TextContent(piece));
            }

            var answer = (await drawn.ConfigureAwait(false))[0];
            var isTruncated = answer.IsTruncated && !stops.IsFound;
            var last = Update(new UsageContent(new UsageDetails
            {
                InputTokenCount = request.Prompt.Length,
                OutputTokenCount = answer.TokenIds.Length,
                TotalTokenCount = request.Prompt.Length + answer.TokenIds.Length,
            }), isTruncated ? ChatFinishReason.Length : ChatFinishReason.Stop);
            last.AdditionalProperties = new() { [TokenIds] = answer.TokenIds };
            yield return last;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }

        // On a thread of the engine.
        bool Tell(SampledToken token)
        {
            var isLast = token.Finish is not null;
            var isText = token.Finish != FinishReason.Stop && token.Token < tokenizer.VocabularySize;
            var piece = stops.Add((isText ? text.Add(token.Token) : "") + (isLast ? text.End() : ""), isLast);
            if (piece.Length > 0)
            {
                pieces.Writer.TryWrite(piece);
            }

            return !stops.IsFound;
        }

        ChatResponseUpdate Update(AIContent content, ChatFinishReason? finish = null) =>
            new(ChatRole.Assistant, [content])
            {
                ResponseId = id,
                MessageId = id,
                ModelId = model,
                FinishReason = finish,
            };
    }
}
