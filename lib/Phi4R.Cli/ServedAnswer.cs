using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Inference;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>
/// One answer as a client sees it grow: text is held back while it may be the beginning of a stop text.
/// </summary>
internal sealed class ServedAnswer(ITokenizer? tokenizer, ServedRequest request)
{
    private readonly TextStream? _stream = tokenizer is null ? null : new TextStream(tokenizer);
    private readonly StopSequences _stops = new(request.Stops);
    private readonly TokenOffsets _offsets = new();

    public StringBuilder Text { get; } = new();

    public List<int> Ids { get; } = [];

    /// <summary>
    /// Each token, and where it begins in the text, in characters of Unicode; a stop text may cut the text before that.
    /// </summary>
    public List<(SampledToken Token, int Offset)> Tokens { get; } = [];

    /// <summary>Why it is over, or null.</summary>
    public string? Finish { get; private set; }

    /// <summary>Takes a token.</summary>
    /// <returns>The text that is certain now.</returns>
    public string Add(SampledToken token)
    {
        if (Finish is not null)
        {
            return "";
        }

        var isText = token.Finish != FinishReason.Stop && token.Token < tokenizer?.VocabularySize;
        var bytes = isText ? tokenizer!.Bytes(token.Token, Ids.Count > 0 ? Ids[^1] : null) : [];
        Ids.Add(token.Token);
        Tokens.Add((token, _offsets.Add(bytes)));
        var isLast = token.Finish is not null;
        var piece = (isText ? _stream!.Add(token.Token) : "") + (isLast ? _stream?.End() : "");
        var told = _stops.Add(piece, isLast);
        Finish = _stops.IsFound ? "stop"
            : token.Finish switch { FinishReason.Stop => "stop", FinishReason.Length => "length", _ => null };
        Text.Append(told);
        return told;
    }

    /// <summary>The log-probabilities of tokens, in the form of chat or of completion.</summary>
    /// <remarks>
    /// The fields that other servers have too are at temperature 1 over the whole vocabulary; beside them stand those
    /// of the distribution that the token was sampled from, as generate gives both.
    /// </remarks>
    public JsonNode? LogProbabilities(IReadOnlyList<(SampledToken Token, int Offset)> tokens, bool isChat)
    {
        if (request.Alternatives is null)
        {
            return null;
        }

        return isChat
            ? new JsonObject { ["content"] = new JsonArray([.. tokens.Select(item => Entry(item.Token))]) }
            : new JsonObject
            {
                ["tokens"] = new JsonArray([.. tokens.Select(item => (JsonNode)Name(item.Token.Token))]),
                ["token_logprobs"] =
                    new JsonArray([.. tokens.Select(item => (JsonNode)item.Token.PlainLogProbability)]),
                ["top_logprobs"] = new JsonArray([.. tokens.Select(item => Likeliest(item.Token))]),
                ["text_offset"] = new JsonArray([.. tokens.Select(item => (JsonNode)item.Offset)]),
                ["sampling_logprobs"] = new JsonArray([.. tokens.Select(item => (JsonNode)item.Token.LogProbability)]),
            };
    }

    /// <summary>All of it as a choice of a response that is not streamed.</summary>
    /// <param name="index">Of the choice.</param>
    public JsonObject Whole(int index, bool isChat)
    {
        var choice = new JsonObject { ["index"] = index };
        if (isChat)
        {
            choice["message"] = new JsonObject { ["role"] = "assistant", ["content"] = Text.ToString() };
        }
        else
        {
            choice["text"] = Text.ToString();
        }

        choice["logprobs"] = LogProbabilities(Tokens, isChat);
        choice["finish_reason"] = Finish;
        if (request.TellsIds)
        {
            choice["token_ids"] = JsonSerializer.SerializeToNode(Ids);
            if (!isChat)
            {
                choice["prompt_token_ids"] = JsonSerializer.SerializeToNode(request.Prompts[index / request.Answers]);
            }
        }

        return choice;
    }

    private string Name(int id) =>
        !request.NamesIds && id < tokenizer?.VocabularySize ? tokenizer.Decode([id]) : $"token_id:{id}";

    private JsonObject Likeliest(SampledToken token)
    {
        var likeliest = new JsonObject();
        foreach (var (id, value) in token.Alternatives)
        {
            likeliest[Name(id)] = value;
        }

        return likeliest;
    }

    private JsonObject Entry(SampledToken token)
    {
        var entry = Entry(token.Token, token.PlainLogProbability);
        entry["top_logprobs"] =
            new JsonArray([.. token.Alternatives.Select(other => Entry(other.Token, other.LogProbability))]);
        entry["sampling_logprob"] = token.LogProbability;
        return entry;
    }

    private JsonObject Entry(int id, float value) => new()
    {
        ["token"] = Name(id),
        ["logprob"] = value,
        ["bytes"] = id < tokenizer?.VocabularySize
            ? new JsonArray([.. tokenizer.Bytes(id).Select(item => (JsonNode)(int)item)])
            : null,
    };
}
