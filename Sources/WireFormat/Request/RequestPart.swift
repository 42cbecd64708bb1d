/// What was seen of a part of a message's content that may be no text.
struct RequestPart {
    /// It has an image, or Anthropic's `source`.
    var isImage = false
    private var isDocument = false
    private var image = PromptImage()

    /// The value of `type` or `detail`.
    mutating func take(_ field: RequestField, _ text: SmallText) {
        if field == .partType {
            isDocument = text.matches("document")
        } else if text.matches("low") {
            image.detail = .low
        } else if text.matches("high") || text.matches("original") {
            image.detail = .high
        }
    }

    /// Where the image is: an address, or its bytes in base64.
    mutating func take(_ field: RequestField, _ value: UnsafeRawBufferPointer) {
        isImage = true
        if let size = field == .data ? ImageSize.ofBase64(value) : ImageSize.ofDataURL(value) {
            image.size = size
        }
    }

    /// The part is whole.
    func tell(_ visitor: inout some PromptVisitor) {
        guard isImage else { return }
        if isDocument { visitor.unmeasured() } else { visitor.image(image) }
    }
}
