// The buttons of the share page that a browser may not have: its share sheet, with the picture where it takes files, and the
// clipboard. Without scripts there are the links.

const share = document.querySelector('[data-share]')
if (share && navigator.share) {
  const { text, url, picture, file } = share.dataset
  // Fetched before the press: a browser lets a page share only right after one.
  const files = fetch(picture)
    .then((answer) => (answer.ok ? answer.blob() : Promise.reject(answer)))
    .then((blob) => [new File([blob], file, { type: blob.type })])
    .then((found) => (navigator.canShare?.({ files: found }) ? found : undefined))
    .catch(() => undefined)
  share.hidden = false
  share.addEventListener('click', async () => {
    const found = await files
    // Some take the file alone, and drop the link beside it; the picture has it in its code.
    await navigator.share({ text, url, ...(found && { files: found }) }).catch((error) => {
      if (error.name !== 'AbortError') share.hidden = true
    })
  })
}

const copy = document.querySelector('[data-copy]')
if (copy && navigator.clipboard) {
  copy.hidden = false
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(copy.dataset.copy)
    copy.textContent = copy.dataset.done
  })
}
