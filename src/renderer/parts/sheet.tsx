/**
 * One device's copy as a small sheet with a folded corner: full when it has everything, empty when
 * it has not said or has nothing, filled in part otherwise, dashed while the device is away. Never
 * stands alone: the text beside it says the same. Never green.
 */
const HEIGHT = 18

/** `share` is what the device has, from 0 to 1. */
export function Sheet({ share, isAway = false }: { readonly share: number; readonly isAway?: boolean }) {
  // Nearly full must not look full, nor nearly empty empty.
  const filled = share >= 1 ? HEIGHT : share <= 0 ? 0 : Math.max(2, Math.min(HEIGHT - 3, share * HEIGHT))
  return (
    <svg
      className={isAway ? 'sheet sheet-away' : 'sheet'}
      viewBox="0 0 16 20"
      width="16"
      height="20"
      aria-hidden="true"
    >
      {filled > 0 && <path d={fillPath(19 - filled)} className="sheet-fill" />}
      <path d="M1 1h9l5 5v13H1zM10 1v5h5" className="sheet-edge" />
    </svg>
  )
}

/** The part of the sheet below `top`; above 6 the folded corner cuts it. */
function fillPath(top: number): string {
  return top >= 6 ? `M1 ${top}H15V19H1z` : `M1 ${top}H${9 + top}L15 6V19H1z`
}
